/** Tells from an error that a program could not be started because it is not there. */

/**
 * For `Deno.Command` and `spawn` of node:child_process. On Windows, Deno tells of a missing program that was named by
 * its path only in words, which do not depend on the system's language. Source: Deno 2.9.5, run.
 */
export function isMissingProgram(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  if (!(error instanceof Error)) return false;
  return (error as { code?: unknown }).code === "ENOENT" ||
    /^Failed to spawn .*: File not found$/s.test(error.message);
}
