import assert from "node:assert/strict";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig } from "./load.ts";
import { resolveSecrets } from "./secrets.ts";

/** A configuration whose folder is a new directory, handed to `body`. */
async function inFolder(
  text: string,
  body: (config: Config, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const { config, problems } = loadConfig({ text, file: "config.yaml", folder });
    assert.deepEqual(problems, []);
    await body(config ?? assert.fail(), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const fine = () => undefined;
const none = () => undefined;
const GITHUB = "github:\n  app_id: 1\n  org: acme\n";

Deno.test("resolveSecrets() reads a key from its file and a password from the environment", async () => {
  const text = `${GITHUB}  app_private_key_path: app.pem\nhyperv: {vm_password: env:PW}`;
  await inFolder(text, async (config, folder) => {
    await Deno.writeTextFile(join(folder, "app.pem"), "\ufeffKEY\r\n");
    const env = (name: string) => name === "PW" ? "pass word " : undefined;
    const { secrets, problems } = await resolveSecrets(config, { env, checkKey: fine });
    assert.deepEqual(problems, []);
    assert.deepEqual(secrets, {
      appKeyPem: "KEY",
      guestPassword: "pass word ",
      guestPasswords: new Map(),
    });
  });
});

Deno.test("resolveSecrets() reads a key from the environment and a password from a file", async () => {
  await inFolder(
    `${GITHUB}  app_private_key: env:KEY\nhyperv: {vm_password: "file:pw.txt"}`,
    async (config, folder) => {
      await Deno.writeTextFile(join(folder, "pw.txt"), "secret\n");
      const { secrets } = await resolveSecrets(config, { env: () => "PEM", checkKey: fine });
      assert.deepEqual(secrets, { appKeyPem: "PEM", guestPassword: "secret", guestPasswords: new Map() });
    },
  );
});

Deno.test("resolveSecrets() fetches the password of every account in guests", async () => {
  const accounts =
    'guest_accounts: {a: {password: env:PW}, b.c: {password: "file:pw.txt"}, d: {password: x}}';
  await inFolder(`${GITHUB}  app_private_key: env:KEY\n${accounts}`, async (config, folder) => {
    await Deno.writeTextFile(join(folder, "pw.txt"), "secret\n");
    const env = (name: string) => name === "PW" ? "pass word" : "PEM";
    const { secrets } = await resolveSecrets(config, { env, checkKey: fine });
    assert.deepEqual(
      secrets?.guestPasswords,
      new Map([["a", "pass word"], ["b.c", "secret"], ["d", "x"]]),
    );
    const missing = await resolveSecrets(config, {
      env: (name) => name === "KEY" ? "PEM" : "",
      checkKey: fine,
    });
    assert.equal(missing.secrets, undefined);
    assert.match(
      missing.problems.map(formatProblem).join("\n"),
      /^config\.yaml:5:32: guest_accounts\.a\.password: .*variable PW is empty/,
    );
  });
});

Deno.test("resolveSecrets() says everything that is missing, at the place where it is named", async () => {
  await inFolder(
    `${GITHUB}  app_private_key_path: none.pem\nhyperv: {vm_password: env:PW}`,
    async (config) => {
      const { secrets, problems } = await resolveSecrets(config, { env: () => "", checkKey: fine });
      assert.equal(secrets, undefined);
      const [key = "", password = ""] = problems.map(formatProblem);
      assert.match(
        key,
        /^config\.yaml:4:25: github\.app_private_key_path: cannot read the private key from .*no such file/,
      );
      assert.match(password, /^config\.yaml:5:23: hyperv\.vm_password: .*variable PW is empty/);
    },
  );
});

Deno.test("resolveSecrets() tells a variable that is not set from an empty one", async () => {
  await inFolder(`${GITHUB}  app_private_key: env:KEY`, async (config) => {
    const { problems } = await resolveSecrets(config, { env: none, checkKey: fine });
    assert.match(
      formatProblem(problems[0] ?? assert.fail()),
      /^config\.yaml:4:20: .*variable KEY is not set/,
    );
  });
});

Deno.test("resolveSecrets() refuses a directory, an empty, a large and a UTF-16 key file", async () => {
  await inFolder(`${GITHUB}  app_private_key_path: app.pem`, async (config, folder) => {
    const path = join(folder, "app.pem");
    const said = async (): Promise<string> => {
      const { problems } = await resolveSecrets(config, { env: none, checkKey: fine });
      assert.equal(problems.length, 1);
      return formatProblem(problems[0] ?? assert.fail());
    };
    await Deno.mkdir(path);
    assert.match(await said(), /4:25: .*it is a directory/);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "\n");
    assert.match(await said(), /the file is empty/);
    await Deno.writeTextFile(path, "x".repeat(64_001));
    assert.match(await said(), /too large/);
    await Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0x2d, 0]));
    assert.match(await said(), /UTF-16/);
  });
});

Deno.test("resolveSecrets() passes on that a file may not be read", async () => {
  await inFolder(`${GITHUB}  app_private_key_path: app.pem`, async (config) => {
    const read = () =>
      Promise.resolve({ ok: false as const, why: "unreadable" as const, detail: "access is denied" });
    const { problems } = await resolveSecrets(config, { env: none, checkKey: fine, read });
    assert.match(formatProblem(problems[0] ?? assert.fail()), /access is denied\. Give the account/);
  });
});

Deno.test("resolveSecrets() has the key checked, and says what is wrong where the key is named", async () => {
  await inFolder(`${GITHUB}  app_private_key: env:KEY`, async (config) => {
    const checkKey = (pem: string) => ({ message: `the key is ${pem.length} long`, remedy: "Get another" });
    const { problems } = await resolveSecrets(config, { env: () => "PEM", checkKey });
    assert.deepEqual(problems.map(formatProblem), [
      "config.yaml:4:20: github.app_private_key: the key is 3 long. Get another.",
    ]);
  });
});

Deno.test("resolveSecrets() asks for nothing with a mock", async () => {
  const text =
    "debug: {use_mock: true}\nhyperv: {vm_password: env:PW}\ngithub: {app_private_key_path: none.pem}\n" +
    "guest_accounts: {a: {password: env:PW}}";
  await inFolder(text, async (config) => {
    const env = (name: string): string => assert.fail(`asked for ${name}`);
    const { secrets } = await resolveSecrets(config, { env, checkKey: fine });
    assert.equal(secrets?.appKeyPem, undefined);
    assert.deepEqual(secrets?.guestPasswords, new Map([["a", ""]]));
  });
});

Deno.test("resolveSecrets() reads what is written towards a simulator, which fills in the rest", async () => {
  const simulator = "debug: {simulator: 'http://127.0.0.1:7500'}\n";
  await inFolder(simulator, async (config) => {
    const { secrets, problems } = await resolveSecrets(config, { env: none, checkKey: fine });
    assert.deepEqual(problems, []);
    assert.equal(secrets?.appKeyPem, undefined);
  });
  await inFolder(`${simulator}github: {app_private_key_path: none.pem}`, async (config) => {
    const { problems } = await resolveSecrets(config, { env: none, checkKey: fine });
    assert.match(problems.map(formatProblem).join("\n"), /^config.yaml:2:32: .*there is no such file/);
  });
});
