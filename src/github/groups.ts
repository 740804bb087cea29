/** Numbers of runner groups by their names. A registration needs the number, a configuration has the name. */
import type { z } from "zod";
import type { ScopeKey } from "../model/ids.ts";
import { groupsAnswer } from "./answers.ts";
import { expect, pathOf } from "./app.ts";
import type { Answer } from "./exchange.ts";
import { Once } from "./once.ts";
import { nameOf, Refusal } from "./refusal.ts";

/** A repository has no groups; its runners are in the default one. */
const DEFAULT_GROUP_ID = 1;
const PAGE = 100;
const MAX_PAGES = 50;

/** A group as GitHub lists it. */
export type GroupRow = z.infer<typeof groupsAnswer>["runner_groups"][number];

/** Sends a request of a scope under its installation's token. */
export type AskGroups = (route: string, parameters: Record<string, unknown>) => Promise<Answer>;

/** Looks groups up once, and again when GitHub no longer knows the number. */
export class Groups {
  readonly #known = new Map<string, number>();
  readonly #once = new Once<string, number>();

  /** The number of a group that was looked up before. */
  known(scope: ScopeKey, group: string): number | undefined {
    return this.#known.get(key(scope, group));
  }

  /** Looks a group up. Rejects with a refusal when there is none of that name. */
  async lookUp(scope: ScopeKey, group: string, ask: AskGroups): Promise<number> {
    const id = await this.#once.do(key(scope, group), () => numberOf(scope, group, ask));
    this.#known.set(key(scope, group), id);
    return id;
  }

  /** Forgets a number. */
  forget(scope: ScopeKey, group: string): void {
    this.#known.delete(key(scope, group));
  }
}

function key(scope: ScopeKey, group: string): string {
  return `${scope}\n${group}`;
}

/** Whether a name means the group that every account has. An empty name does. */
function isDefault(group: string): boolean {
  return group === "" || group.toLowerCase() === "default";
}

async function numberOf(scope: ScopeKey, group: string, ask: AskGroups): Promise<number> {
  if (scope.startsWith("orgs/")) return (await findGroup(scope, group, ask)).id;
  if (isDefault(group)) return DEFAULT_GROUP_ID;
  throw new Refusal({
    code: "invalid",
    reason: `runner group "${group}" cannot be used: ${nameOf(scope)} has only the default group. ` +
      "Leave the group out, or register in an organization.",
  });
}

/** A group of an organization. Rejects with a refusal when there is none of that name. */
export async function findGroup(scope: ScopeKey, group: string, ask: AskGroups): Promise<GroupRow> {
  const names: string[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await ask(`GET /${pathOf(scope)}/actions/runner-groups`, { "per_page": PAGE, page });
    const { runner_groups } = expect(answer, 200, groupsAnswer, { call: "groups", scope });
    const match = runner_groups.find((each) => each.name === group) ??
      (isDefault(group) ? runner_groups.find((each) => each.default) : undefined);
    if (match !== undefined) return match;
    names.push(...runner_groups.map((each) => `"${each.name}"`));
    if (runner_groups.length < PAGE) break;
  }
  throw new Refusal({
    code: "not_found",
    reason:
      `${nameOf(scope)} has no runner group "${group}"; the app sees ${
        names.slice(0, 20).join(", ") || "none"
      }. ` +
      "Correct the pool's group, or create it in the organization's settings (Actions, Runner groups).",
  });
}
