/** What is asked for when a lease is acquired: checked against its pool, and made a command. */
import { by } from "../model/by.ts";
import { createHash, randomBytes } from "node:crypto";
import type { Command } from "../model/decide.ts";
import type { Ms } from "../model/ids.ts";
import { whyCold } from "../model/leases/cold.ts";
import { isAgentPool, KEEP_MS, type LeaseId, type Release } from "../model/leases/lease.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { State } from "../model/state.ts";
import type { AcquireRequest, LeaseRefusal } from "../ports/operations.ts";

export const DAY_MS: Ms = 86_400_000;
const WAIT_MS: Ms = 3_600_000;
/** Nothing about leases is shorter. */
export const SHORTEST_MS: Ms = 1_000;
const MAX_LABELS = 20;
const MAX_TEXT = 200;
/** A key is a text of the holder's: not empty, and no more than a header takes. */
const KEY = /^[\x21-\x7e]{1,200}$/;
/** Crockford's letters and digits: nothing that is mistaken for another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function newId(): LeaseId {
  const digits = Array.from(randomBytes(26), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `l-${digits.join("")}` as LeaseId;
}

/** A refusal. */
export function refused(code: LeaseRefusal["code"], message: string): LeaseRefusal {
  return { ok: false, code, message };
}

/** What is wrong with a length of time, if anything is. */
export function range(what: string, value: Ms, least: Ms, most: Ms): string | undefined {
  if (Number.isFinite(value) && value >= least && value <= most) return undefined;
  return `The ${what} is ${least / 1000} to ${most / 1000} seconds, not ${value / 1000}.`;
}

/** How long a machine of a pool is parked at most. */
export function keepMost(pool: PoolSettings | undefined): Ms {
  return pool?.agent?.keepMs ?? KEEP_MS;
}

/** Why a pool's machines cannot be saved as is asked; `undefined`: they can, or need not be. */
export function cannotSave(
  pool: PoolSettings | undefined,
  { release, onIdle }: { readonly release?: Release | undefined; readonly onIdle?: string | undefined },
): LeaseRefusal | undefined {
  const cold = whyCold(pool);
  if (cold === undefined || (release !== "save" && onIdle !== "save")) return undefined;
  const what = release === "save" ? "release `save`" : "`save` for silent holders";
  const remedy = release === "save" ? "`keep`, `reset` or `destroy`" : "`release`";
  return refused("conflict", `Pool ${pool?.name} allows no ${what}: ${cold}. Ask for ${remedy}.`);
}

/** The command of a request, or why it is refused. */
export function leaseCommand(
  s: State,
  request: AcquireRequest,
): Extract<Command, { type: "lease.acquire" }> | LeaseRefusal {
  const { pool: name, holder, priority = 0, labels = {}, purpose, release = "reset", key } = request;
  const pool = s.pools.get(name)?.settings;
  if (pool === undefined || !isAgentPool(pool)) {
    const agents = [...s.pools.values()].filter(({ settings }) => isAgentPool(settings));
    const names = agents.map(({ settings }) => settings.name).join(", ");
    const there = names === "" ? "There is none" : `There is: ${names}`;
    return refused("not_found", `There is no agent pool ${JSON.stringify(name.slice(0, 60))}. ${there}.`);
  }
  const { idleMs: idleMost = DAY_MS, totalMs: totalMost = DAY_MS } = pool.agent ?? {};
  const { waitMs = WAIT_MS, idleMs = idleMost, totalMs = totalMost } = request;
  const keepMs = request.keepMs ?? keepMost(pool);
  const faults = [
    range("wait", waitMs, 0, DAY_MS),
    range("idle time", idleMs, SHORTEST_MS, idleMost),
    range("total time", totalMs, SHORTEST_MS, totalMost),
    range("time for which a machine is parked", keepMs, SHORTEST_MS, keepMost(pool)),
    Number.isInteger(priority) && Math.abs(priority) <= 100 ? undefined : "The priority is -100 to 100.",
    holder !== "" && holder.length <= MAX_TEXT
      ? undefined
      : `The holder is a text of up to ${MAX_TEXT} characters.`,
    (purpose ?? "").length <= MAX_TEXT ? undefined : `The purpose has at most ${MAX_TEXT} characters.`,
    key === undefined || KEY.test(key) ? undefined : "The idempotency key is 1 to 200 printable characters.",
    Object.keys(labels).length <= MAX_LABELS &&
      Object.entries(labels).every(([k, v]) => k.length <= MAX_TEXT && v.length <= MAX_TEXT)
      ? undefined
      : `There are at most ${MAX_LABELS} labels of up to ${MAX_TEXT} characters.`,
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) return refused("invalid", faults.join(" "));
  const unsaved = cannotSave(pool, request);
  if (unsaved !== undefined) return unsaved;
  const asked = { pool: name, holder, priority, labels, waitMs, idleMs, totalMs, release };
  const whole = { ...asked, ...(purpose === undefined ? {} : { purpose }) };
  const onlyAsked = {
    ...whole,
    ...(request.onIdle === undefined ? {} : { onIdle: request.onIdle }),
    ...(request.keepMs === undefined ? {} : { keepMs }),
  };
  const hash = createHash("sha256").update(JSON.stringify(onlyAsked)).digest("hex");
  const usual = whyCold(pool) === undefined ? pool.agent?.onIdle : undefined;
  return {
    type: "lease.acquire",
    lease: newId(),
    ...whole,
    onIdle: request.onIdle ?? usual ?? "release",
    keepMs,
    ...by(request),
    ...(key === undefined ? {} : { key, hash }),
  };
}
