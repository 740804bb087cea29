/** Why a package of the runner cannot be had. */
import type { PackageResult } from "../ports/runner_packages.ts";

type Code = Extract<PackageResult<never>, { outcome: "failed" }>["code"];

/** Carries a failure from where it is found to the port, which turns it into a result. */
export class PackageFailure extends Error {
  override readonly name = "PackageFailure";
  readonly code: Code;

  /** `reason` reads on after "Cannot … : ". */
  constructor(code: Code, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.code = code;
  }
}

/** The result of what was thrown. `tried` reads on after "Cannot". */
export function failedResult(tried: string, error: unknown): PackageResult<never> {
  const code = error instanceof PackageFailure ? error.code : "unavailable";
  const reason = error instanceof Error ? error.message : String(error);
  return { outcome: "failed", code, message: `Cannot ${tried}: ${reason}` };
}
