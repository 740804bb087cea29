/** Rules for versions of GitHub's runner. */
import type { NameFault } from "./names.ts";

/** Three numbers with dots. */
export const RUNNER_VERSION = /^\d{1,4}\.\d{1,6}\.\d{1,6}$/;

/** Checks a version as the release's page gives it. */
export function runnerVersionFault(text: string): NameFault | undefined {
  if (RUNNER_VERSION.test(text)) return undefined;
  return {
    message: `${JSON.stringify(text)} is not a version of the runner`,
    expected: "three numbers such as 2.338.1",
    suggestion: /^v(\d+\.\d+\.\d+)$/i.exec(text)?.[1],
  };
}
