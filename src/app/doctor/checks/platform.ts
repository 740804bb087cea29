/** Which system the machines are to run on. */
import { type Check, fail, ok, sentence, warn } from "../check.ts";
import type { Facts } from "../facts.ts";

/** Windows 10 1809 and Windows Server 2019: the oldest with everything that hvpool asks of Hyper-V. */
export const OLDEST_BUILD = 17_763;

/** `platform` */
export function checkPlatform({ config, host }: Pick<Facts, "config" | "host">): Check {
  if (config.worldProblem !== undefined) {
    return fail(
      "platform",
      sentence(config.worldProblem),
      "Correct the configuration, or start what it names.",
    );
  }
  const simulated = config.mode === "mock" || config.mode === "simulator";
  if (simulated) return ok("platform", "Host and GitHub are simulated.");
  if (config.os !== "windows") {
    return fail(
      "platform",
      `This is ${config.os}; Hyper-V runs on Windows.`,
      "Run hvpool on the Hyper-V host, or set debug.simulator to try it here.",
    );
  }
  if (host?.info.outcome !== "ok") return ok("platform", "Windows; its build is not known.");
  const { osBuild, product } = host.info.value;
  const build = buildNumber(osBuild);
  const name = `Windows ${product === "server" ? "Server " : ""}(${osBuild})`;
  if (build !== undefined && build < OLDEST_BUILD) {
    return warn(
      "platform",
      `${name} is older than what hvpool is made for.`,
      `Update it to build ${OLDEST_BUILD} or later (Windows 10 1809, Windows Server 2019).`,
    );
  }
  return ok("platform", `${name}.`);
}

/** `10.0.26100.1` and `26100` are build 26100. */
function buildNumber(text: string): number | undefined {
  const found = /^(?:\d+\.\d+\.)?(\d{4,6})(?:\.|$)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
