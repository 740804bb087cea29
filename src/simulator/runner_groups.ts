/** Runner groups of organizations, and which repositories may use them. Every organization has the same. */
import type { ScopeKey } from "../model/ids.ts";
import type { RunnerGroup } from "./runner.ts";

/** What changes of a group; what is absent stays as it is. */
export interface GroupChange {
  readonly name: string;
  readonly visibility?: RunnerGroup["visibility"];
  /** Names of repositories without their owner; they count with `selected` alone. */
  readonly repositories?: readonly string[];
  readonly allowsPublicRepositories?: boolean;
}

/** GitHub's own: open to every repository but public ones. */
function open(id: number, name: string): RunnerGroup {
  return { id, name, visibility: "all", repositories: [], allowsPublicRepositories: false };
}

/** The groups, `Default` first. */
export class RunnerGroups {
  readonly #groups: RunnerGroup[];

  /** @param names Those beside `Default`. */
  constructor(names: readonly string[] = []) {
    this.#groups = ["Default", ...names].map((name, i) => open(i + 1, name));
  }

  /** Those of a scope: a repository has only the default one. */
  of(scope: ScopeKey): readonly RunnerGroup[] {
    return scope.startsWith("orgs/") ? this.#groups : this.#groups.slice(0, 1);
  }

  /** Somebody changes a group in the organization's settings; one that is not there is made. */
  change({ name, visibility, repositories, allowsPublicRepositories }: GroupChange): void {
    const at = this.#groups.findIndex((one) => one.name.toLowerCase() === name.toLowerCase());
    const before = this.#groups[at] ?? open(this.#groups.length + 1, name);
    this.#groups[at === -1 ? this.#groups.length : at] = {
      ...before,
      ...(visibility === undefined ? {} : { visibility }),
      ...(repositories === undefined ? {} : { repositories }),
      ...(allowsPublicRepositories === undefined ? {} : { allowsPublicRepositories }),
    };
  }
}
