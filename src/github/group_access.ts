/** Which repositories may use a runner group. */
import type { ScopeKey } from "../model/ids.ts";
import type { GroupAccess } from "../ports/forge.ts";
import { groupRepositoriesAnswer } from "./answers.ts";
import { expect, pathOf } from "./app.ts";
import { type AskGroups, findGroup, type GroupRow } from "./groups.ts";
import { Refusal } from "./refusal.ts";

/** So many names are enough to recognise a mistake. */
const NAMED = 100;

const VISIBILITIES = ["all", "selected", "private"] as const;

/** Asks for it. Rejects with a refusal when there is no such group, or it may not be read. */
export async function groupAccess(scope: ScopeKey, group: string, ask: AskGroups): Promise<GroupAccess> {
  const row = await findGroup(scope, group, ask);
  const { allows_public_repositories: allowsPublic, selected_workflows: workflows } = row;
  const visibility = VISIBILITIES.find((one) => one === row.visibility);
  return {
    ...(visibility === undefined ? {} : { visibility }),
    ...(visibility === "selected" ? { selected: await repositoriesOf(scope, row, ask) } : {}),
    ...(typeof allowsPublic === "boolean" ? { allowsPublic } : {}),
    ...(row.restricted_to_workflows === true ? { workflows: workflows ?? [] } : {}),
  };
}

/** The group is there whatever becomes of this question. */
async function repositoriesOf(
  scope: ScopeKey,
  { id }: GroupRow,
  ask: AskGroups,
): Promise<NonNullable<GroupAccess["selected"]>> {
  try {
    const route = `GET /${pathOf(scope)}/actions/runner-groups/${id}/repositories`;
    const answer = await ask(route, { "per_page": NAMED, page: 1 });
    const { total_count: count, repositories } = expect(answer, 200, groupRepositoriesAnswer, {
      call: "groups",
      scope,
    });
    return { names: repositories.map(({ full_name: name }) => name), count };
  } catch (error) {
    if (error instanceof Refusal) return error.refused.reason;
    throw error;
  }
}
