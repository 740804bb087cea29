/** Deletes a template that nothing needs, and what unfinished copies of it have left. */
import { type By, by } from "../../model/by.ts";
import { win32 } from "node:path";
import { disksInUse } from "../../model/rollout.ts";
import type { State } from "../../model/state.ts";
import { askHost, valueOf } from "./ask_host.ts";
import { walkChain } from "./disk_check.ts";
import { isKeptFor, keptDisks, samePath } from "../template_store.ts";
import { checkName, configuredOf, failedOf, registeredOf, sameName, unknownTemplate } from "./names.ts";
import { Refused } from "./refused.ts";
import { type Room, stateOf } from "./room.ts";
import { usersOf } from "./users.ts";

/** Resolves when it is gone. @throws Refused */
export async function deleteTemplate(room: Room, name: string, who: By): Promise<void> {
  checkName(name);
  const work = room.inWork.begin({ what: "delete", name });
  try {
    refuseConfigured(stateOf(room), name);
    refuseUsed(name, [...usersOf(stateOf(room), name), ...await childrenOf(room, name)]);
    const disks = await disksOf(room, name);
    const recorded = registeredOf(stateOf(room), name)?.settings.name ?? failedOf(stateOf(room), name)?.name;
    if (recorded === undefined && disks.length === 0) throw unknownTemplate(stateOf(room), name);
    const usersKnown = disksInUse(stateOf(room)) !== undefined;
    if (recorded === undefined && !usersKnown) throw new Refused("conflict", mayBeUsed(name));
    // Nothing is awaited between this look and the command.
    refuseUsed(name, usersOf(stateOf(room), name));
    if (recorded !== undefined) {
      await room.context.apply({ type: "template.delete", template: recorded, ...by(who) });
      if (registeredOf(stateOf(room), name) !== undefined) {
        throw new Refused(
          "failed",
          `The template ${JSON.stringify(name)} was not deleted: the controller did not take it.`,
        );
      }
    }
    await removeAll(room, name, disks);
  } finally {
    work.end();
  }
}

function refuseConfigured(s: State, name: string): void {
  const configured = configuredOf(s, name);
  if (configured === undefined) return;
  throw new Refused(
    "conflict",
    `The template ${JSON.stringify(configured.settings.name)} stands in the configuration, for ${
      configured.pools.map(({ settings }) => `pool ${settings.name}`).join(", ")
    }. Take it out of the file and start hvpool again: its disks in the store go by themselves.`,
  );
}

function refuseUsed(name: string, users: readonly string[]): void {
  if (users.length === 0) return;
  throw new Refused(
    "conflict",
    `The template ${JSON.stringify(name)} is in use: ${
      users.join(", ")
    }. Let its pools use another template, ` +
      "wait until its machines are gone, and ask again.",
  );
}

/** Templates whose disks are children of this one's. */
async function childrenOf(room: Room, name: string): Promise<string[]> {
  const own = registeredOf(stateOf(room), name)?.disk.path;
  const s = stateOf(room);
  const others = new Map<string, string>();
  for (const { settings, disk } of s.templates.values()) others.set(disk.path, settings.name);
  for (const { settings, disk } of s.pools.values()) {
    if (disk !== undefined) others.set(disk.path, settings.template.name);
  }
  const children: string[] = [];
  for (const [path, other] of others) {
    if (sameName(other, name)) continue;
    const info = await askHost(room.context, "disk.info", { path });
    // What cannot be read stands on nothing that it could lose.
    if (info.outcome !== "ok") continue;
    const { parents } = await walkChain(room.context, info.value);
    const below = parents.some((parent) =>
      isKeptFor(parent.path, name) || (own !== undefined && samePath(parent.path, own))
    );
    if (below) children.push(`template ${other}`);
  }
  return children;
}

/** Disks of that name in the store, and the registered one wherever it is kept. */
async function disksOf(room: Room, name: string): Promise<string[]> {
  const { context } = room;
  const store = context.store();
  const kept = valueOf(await keptDisks(context.host, store, name), `Cannot look into ${store}`);
  const own = registeredOf(stateOf(room), name)?.disk.path;
  // The store was elsewhere when it was registered.
  const elsewhere = own !== undefined && isKeptFor(own, name) && !kept.some((path) => samePath(path, own));
  return elsewhere ? [...kept, own] : kept;
}

function mayBeUsed(name: string): string {
  return `The disks of ${
    JSON.stringify(name)
  } stay: a journal was lost, and machines of that time may stand on them.`;
}

async function removeAll(room: Room, name: string, disks: readonly string[]): Promise<void> {
  const { context } = room;
  const used = disksInUse(stateOf(room));
  if (used === undefined) return;
  const inUse = new Set([...used, ...room.inWork.disks()].map((path) => path.toLowerCase()));
  for (const disk of disks) {
    if (inUse.has(disk.toLowerCase())) continue;
    const path = win32.dirname(disk);
    const removed = await askHost(context, "dir.remove", { path });
    await protectOthers(room, name);
    valueOf(
      removed,
      `The template ${JSON.stringify(name)} is deleted, but not all of its disks: cannot remove ${path}`,
    );
  }
}

/** To delete a file, Windows takes its read-only attribute off, which all links to it share. */
async function protectOthers(room: Room, name: string): Promise<void> {
  for (const path of disksInUse(stateOf(room)) ?? []) {
    const answer = await askHost(room.context, "disk.protect", { path });
    if (answer.outcome === "failed" && answer.code === "not_found") continue;
    valueOf(
      answer,
      `The template ${
        JSON.stringify(name)
      } is deleted, but another disk may be writable now: cannot make ${path} ` +
        "read-only again",
    );
  }
}
