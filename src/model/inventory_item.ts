/** What is there beside the machines of pools. */

/** One thing on the host or at GitHub. */
export interface Item {
  /** What it is. */
  readonly kind: "vm" | "directory" | "runner";
  /** Display name, name of the directory, or name of the runner. */
  readonly name: string;
  /** VMId, or GitHub's number of the runner; absent for a directory. */
  readonly id?: string;
  /** Where it lies or is registered; absent for a VM. */
  readonly place?: string;
  /**
   * `orphan`: ours, and nothing wants it · `retiring`: ours, and on its way out · `lost`: of a journal that was lost ·
   * `foreign`: somebody else's.
   */
  readonly belongs: "orphan" | "retiring" | "lost" | "foreign";
  /** What becomes of it. */
  readonly plan: "removed" | "left alone";
  /** Why. */
  readonly why: string;
}
