/** The configuration file and the secrets that it names. */
import { type Check, fail, ok, sentence, warn } from "../check.ts";
import type { ConfigFacts } from "../facts.ts";

/** `config` */
export function checkConfig({ file, problems, warnings, settings }: ConfigFacts): Check {
  if (problems.length > 0) {
    const shown = problems.map(sentence).join(" ");
    return fail(
      "config",
      `${counted(problems.length, "problem")}: ${shown}`,
      "Correct the file: hvpool config validate.",
    );
  }
  if (warnings.length > 0) {
    const shown = warnings.map(sentence).join(" ");
    return warn(
      "config",
      `${counted(warnings.length, "warning")}: ${shown}`,
      "Correct the file when it suits you.",
    );
  }
  const pools = settings?.pools ?? [];
  const machines = pools.reduce((sum, pool) => sum + pool.size, 0);
  return ok("config", `${file}: ${counted(pools.length, "pool")}, ${counted(machines, "machine")}.`);
}

/** `secrets` */
export function checkSecrets({ secretProblems }: ConfigFacts): Check {
  if (secretProblems === undefined) {
    return warn("secrets", "not known: the configuration cannot be used.", "Mend `config` first.");
  }
  if (secretProblems.length === 0) {
    return ok("secrets", "Every secret and certificate that is named can be read.");
  }
  const shown = secretProblems.map(sentence).join(" ");
  return fail("secrets", shown, "Give the account that runs hvpool what is missing.");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
