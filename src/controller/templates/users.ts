/** What needs a template: while there is anything, it is not deleted. */
import { poolFor } from "../../model/rollout.ts";
import type { State } from "../../model/state.ts";
import { isKeptFor, samePath } from "../template_store.ts";
import { registeredOf, sameName } from "./names.ts";

/** Users of a template, by what they are called: `pool ci`, `machine ci-3 (ci/3.17)`, `preparation`. */
export function usersOf(s: State, name: string): string[] {
  const users = new Set<string>();
  const disks = new Set<string>();
  const registered = registeredOf(s, name)?.disk.path;
  if (registered !== undefined) disks.add(registered);
  for (const written of s.settings.pools) {
    if (sameName(written.template.name, name)) users.add(`pool ${written.name}`);
  }
  for (const [pool, { settings, disk, good }] of s.pools) {
    for (const made of [{ settings, disk }, good]) {
      if (made === undefined) continue;
      const own = sameName(made.settings.template.name, name);
      if (own && made.disk !== undefined) disks.add(made.disk.path);
      if (own || (made.disk !== undefined && isKeptFor(made.disk.path, name))) users.add(`pool ${pool}`);
    }
  }
  const isOurs = (path: string) => isKeptFor(path, name) || [...disks].some((disk) => samePath(disk, path));
  for (const cycle of s.cycles.values()) {
    if (cycle.parent === undefined || !isOurs(cycle.parent)) continue;
    const prefix = poolFor(s, cycle)?.settings.prefix;
    users.add(prefix === undefined ? `machine ${cycle.id}` : `machine ${prefix}${cycle.slot} (${cycle.id})`);
  }
  const { preparation } = s;
  if (preparation !== undefined) {
    const { template } = preparation;
    if (sameName(template.name, name) || isOurs(template.path)) users.add("preparation");
  }
  return [...users];
}
