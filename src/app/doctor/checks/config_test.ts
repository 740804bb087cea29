import { checkConfig, checkSecrets } from "./config.ts";
import { config } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

table("config", [
  ["a good file", () => checkConfig(config()), "ok", /config\.yaml: 2 pools, 8 machines/],
  [
    "a file with problems",
    () => checkConfig(config({ problems: ["a: is wrong", "b"] })),
    "fail",
    /2 problems: a: is wrong\. b\./,
  ],
  [
    "a file with a warning",
    () => checkConfig(config({ warnings: ["old key"] })),
    "warn",
    /1 warning: old key\./,
  ],
]);

table("secrets", [
  ["what can be read", () => checkSecrets(config()), "ok", /Every secret/],
  [
    "a key that is missing",
    () => checkSecrets(config({ secretProblems: ["no such file"] })),
    "fail",
    /no such file\./,
  ],
  [
    "a configuration that cannot be used",
    () => {
      const { secretProblems: _, ...rest } = config();
      return checkSecrets(rest);
    },
    "warn",
    /not known.*Mend `config`/,
  ],
]);
