/** Accounts at the simulated GitHub and what the app may do there. */
import type { ScopeKey } from "../model/ids.ts";
import type { Refusal } from "./runner.ts";

/** The app's installation on one account. */
export interface Installation {
  readonly id: number;
  /** Login of the organization or user. */
  readonly account: string;
  suspended: boolean;
  permissions: Record<string, "read" | "write">;
}

/** What changes at one account; what is absent stays as it is. */
export interface AccountChange {
  /** `false`: the app is taken off the account. */
  readonly installed?: boolean;
  readonly suspended?: boolean;
  /** Replaces all permissions. */
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
}

/** Everything the app asks for. */
const PERMISSIONS = {
  actions: "read",
  administration: "write",
  metadata: "read",
  organization_self_hosted_runners: "write",
} as const;

/** What is asked for: to manage runners, or to read how jobs ended. */
export type Purpose = "manage" | "read-jobs";

/** Whether permissions are enough for a scope. */
export function allows(
  permissions: Readonly<Record<string, string>>,
  scope: ScopeKey,
  to: Purpose,
): boolean {
  if (to === "read-jobs") return permissions.actions !== undefined;
  const permission = scope.startsWith("orgs/") ? "organization_self_hosted_runners" : "administration";
  return permissions[permission] === "write";
}

/** Login of the account that a scope belongs to. */
export function accountOf(scope: ScopeKey): string {
  return scope.split("/")[1] ?? "";
}

/** Installations by account. Without a list of accounts the app is installed wherever one asks. */
export class Accounts {
  readonly #known: ReadonlySet<string> | undefined;
  readonly #byAccount = new Map<string, Installation>();
  #nextId = 1_000;
  readonly #without = new Set<string>();

  /** @param known Accounts that have the app; any when absent. */
  constructor(known?: readonly string[]) {
    this.#known = known === undefined ? undefined : new Set(known.map((login) => login.toLowerCase()));
  }

  /** The installation on an account, if there is one. */
  find(account: string): Installation | undefined {
    const key = account.toLowerCase();
    if (key === "" || this.#without.has(key) || (this.#known !== undefined && !this.#known.has(key))) {
      return undefined;
    }
    let installation = this.#byAccount.get(key);
    if (installation === undefined) {
      installation = {
        id: this.#nextId++,
        account,
        suspended: false,
        permissions: { ...PERMISSIONS },
      };
      this.#byAccount.set(key, installation);
    }
    return installation;
  }

  /** The installation with a number, if it was looked up before. */
  byId(id: number): Installation | undefined {
    for (const installation of this.#byAccount.values()) if (installation.id === id) return installation;
    return undefined;
  }

  /** Somebody changes the app's installation on an account, which is there afterwards unless it is taken off. */
  change(account: string, { installed, suspended, permissions }: AccountChange): void {
    const key = account.toLowerCase();
    if (installed === false) {
      this.#without.add(key);
      this.#byAccount.delete(key);
      return;
    }
    if (installed === true) this.#without.delete(key);
    const installation = this.find(account);
    if (installation === undefined) return;
    if (suspended !== undefined) installation.suspended = suspended;
    if (permissions !== undefined) installation.permissions = { ...permissions };
  }

  /** Why the app may not manage runners of a scope, or not read the jobs of its repositories. */
  refuses(scope: ScopeKey, to: Purpose = "manage"): Refusal | undefined {
    const installation = this.find(accountOf(scope));
    if (installation === undefined) return { status: 404, message: "Not Found" };
    if (installation.suspended) return { status: 403, message: "This installation has been suspended" };
    if (!allows(installation.permissions, scope, to)) {
      return { status: 403, message: "Resource not accessible by integration" };
    }
    return undefined;
  }
}
