/** Everything that the last lists show and no machine of a pool accounts for: what it is, what becomes of it, and why. */
import { parseDirectoryName, parseNotes, parseRunnerName, shortId } from "./ids.ts";
import type { Item } from "./inventory_item.ts";
import { partsOfVm } from "./observe.ts";
import type { State } from "./state.ts";
import type { View } from "./view.ts";

type Verdict = Pick<Item, "belongs" | "plan" | "why">;

const LOST: Verdict = {
  belongs: "lost",
  plan: "left alone",
  why: "it is of a journal that was lost; `hvpool reconcile --adopt` or `--retire` takes it up",
};

function foreign(why: string): Verdict {
  return { belongs: "foreign", plan: "left alone", why };
}

/** By the number that it carries. */
function byNumber(s: State, n: number): Verdict {
  if (n > s.issued) return foreign("its number was never issued by this controller");
  if (n <= s.lostUpTo) return LOST;
  return {
    belongs: "orphan",
    plan: "removed",
    why: "no record wants it; it goes once two lists have shown it",
  };
}

function retiring(s: State, cycle: string | undefined): Verdict | undefined {
  const known = [...s.cycles.values()].find(({ id }) => id === cycle);
  if (known === undefined || known.phase !== "retiring") return undefined;
  return { belongs: "retiring", plan: "removed", why: known.cause ?? "it is given up" };
}

function* vms(s: State, v: View): Generator<Item> {
  for (const [id, row] of v.vms?.rows ?? []) {
    const item = { kind: "vm", name: row.name ?? id, id } as const;
    const cycle = s.byVm.get(id);
    if (cycle !== undefined) {
      const verdict = retiring(s, cycle);
      if (verdict !== undefined) yield { ...item, ...verdict };
      continue;
    }
    const parts = partsOfVm(s, row);
    if (parts !== undefined) yield { ...item, ...byNumber(s, parts.n) };
    else {
      const notes = parseNotes(row.notes);
      yield {
        ...item,
        ...foreign(notes === undefined ? "hvpool did not make it" : "another controller made it"),
      };
    }
  }
}

function* directories(s: State, v: View): Generator<Item> {
  for (const [storage, names] of v.directories) {
    for (const name of names) {
      const item = { kind: "directory", name, place: storage } as const;
      const parts = parseDirectoryName(name);
      if (parts === undefined) {
        if (name !== "templates") yield { ...item, ...foreign("its name is none of a machine's directory") };
        continue;
      }
      const cycle = s.byNumber.get(parts.n);
      const verdict = cycle === undefined ? byNumber(s, parts.n) : retiring(s, cycle);
      if (verdict !== undefined) yield { ...item, ...verdict };
    }
  }
}

function* runners(s: State, v: View): Generator<Item> {
  for (const [scope, { list }] of v.forges) {
    for (const row of list?.rows.values() ?? []) {
      const item = { kind: "runner", name: row.name, id: String(row.id), place: scope } as const;
      const cycle = s.byRunner.get(row.name);
      if (cycle !== undefined) {
        const verdict = retiring(s, cycle);
        if (verdict !== undefined) yield { ...item, ...verdict };
        continue;
      }
      const parts = parseRunnerName(row.name);
      if (parts === undefined) yield { ...item, ...foreign("hvpool did not register it") };
      else if (parts.controller !== shortId(s.controller)) {
        yield { ...item, ...foreign("another controller registered it") };
      } else yield { ...item, ...byNumber(s, parts.n) };
    }
  }
}

/** Of the last lists; VMs first. */
export function inventory(s: State, v: View): Item[] {
  return [...vms(s, v), ...directories(s, v), ...runners(s, v)];
}
