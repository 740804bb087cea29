/** Which jobs may be asked for: what names a run comes from a guest, who may be hostile. */
import type { ScopeKey } from "../model/ids.ts";

/** As GitHub writes names; `.` and `..` are none, and would make another address of the request's. */
const REPOSITORY = /^[A-Za-z0-9_.-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/;
const RUN_ID = /^\d{1,19}$/;
const MAX_ATTEMPT = 99_999;

/** Why a run is not asked for through the app's installation on a scope; `undefined`: it may be. */
export function refusesJobRequest(
  request: { scope: ScopeKey; repository: string; runId: string; attempt: number },
): string | undefined {
  const { scope, repository, runId, attempt } = request;
  if (
    !REPOSITORY.test(repository) || !RUN_ID.test(runId) || !Number.isInteger(attempt) || attempt < 1 ||
    attempt > MAX_ATTEMPT
  ) {
    return "what its guest says of the job names no run";
  }
  const [kind, owner] = scope.split("/");
  // Names of accounts and repositories are the same in upper and lower case.
  const named = repository.toLowerCase();
  const own = kind === "repos"
    ? named === scope.slice("repos/".length).toLowerCase()
    : named.split("/")[0] === owner?.toLowerCase();
  return own ? undefined : `its guest names the repository ${repository}, which is not in ${scope}`;
}
