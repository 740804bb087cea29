/** The settings of a pool that somebody asks for at run time, by the rules of the configuration. */
import { agentPool, coldBecause, IDLE_MS, LEASE_MS, MAX_LEASE_MS } from "../model/agent_pool.ts";
import { addressRanges } from "../model/network_addresses.ts";
import { isReservedName, MAX_PREFIX_AND_SLOT, POOL_NAME, POOL_NAME_RULE } from "../model/pool_names.ts";
import { MAX_PATH, roomBelowStorage } from "../model/pool_room.ts";
import type { AgentSettings, PoolDefaults, PoolSettings, TemplateSettings } from "../model/settings.ts";
import type { State } from "../model/state.ts";
import { PREPARE_POOL, registeredTemplate, templateNamed } from "../model/templates.ts";
import type { CreatePool, PoolAnswer } from "../ports/operations.ts";

/** Why a pool is not made, or not deleted. */
export type PoolRefusal = Extract<PoolAnswer, { ok: false }>;

/** As `pool resize` has it. */
const MAX_SIZE = 1_000;
const SECOND_MS = 1_000;

/** Builds a {@linkcode PoolRefusal}. */
export function refused(code: PoolRefusal["code"], message: string): PoolRefusal {
  return { ok: false, code, message };
}

/** What somebody wrote, in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

/** The pool as it is asked for, or everything that is wrong with it. */
export function poolOf(s: State, request: CreatePool): PoolSettings | PoolRefusal {
  const { name, template: wanted, size, hot = 0, ...rest } = request;
  const prefix = `${name}-`;
  const named = nameFault(name, size);
  if (named !== undefined) return refused("invalid", named);
  const defaults = s.settings.poolDefaults ?? { templates: [], switchName: "" };
  const found = findTemplate(s, defaults, wanted);
  if ("ok" in found) return found;
  const agent = agentOf(rest);
  const faults = [...countFaults(request), ...timeFaults(agent), ...coldFaults(agent, found.hardware)];
  if (faults.length > 0) return refused("invalid", faults.join(" "));
  const { switchName = defaults.switchName } = rest;
  const { network, canary } = defaults;
  const pool: PoolSettings = {
    name,
    size,
    prefix,
    ...agentPool({
      template: found.template,
      switchName,
      hot,
      agent,
      ...(network === undefined ? {} : { network }),
      ...(found.delivery === undefined ? {} : { delivery: found.delivery }),
      ...(canary === undefined ? {} : { canary }),
    }),
  };
  const room = roomFault(s, pool);
  return room === undefined ? pool : refused("invalid", room);
}

function nameFault(name: string, size: number): string | undefined {
  if (name === PREPARE_POOL) {
    return `${
      quoted(name)
    } is what hvpool calls the machines in which it prepares images. Choose another name.`;
  }
  if (!POOL_NAME.test(name) || isReservedName(name)) {
    return `${
      quoted(name)
    } cannot be a pool's name: ${POOL_NAME_RULE}, and none that Windows keeps for a device.`;
  }
  const most = MAX_PREFIX_AND_SLOT - String(Math.max(1, size)).length - 1;
  return name.length > most
    ? `The name ${
      quoted(name)
    } has ${name.length} characters. With a dash and the machine's number, ${most} are left.`
    : undefined;
}

interface FoundTemplate {
  /** As pools name it. */
  readonly template: TemplateSettings;
  /** What machines get of it now. */
  readonly hardware: TemplateSettings;
  readonly delivery?: PoolSettings["delivery"];
}

/** One of the configuration, else one that was registered; case does not count. */
function findTemplate(s: State, defaults: PoolDefaults, wanted: string): FoundTemplate | PoolRefusal {
  const configured = defaults.templates.find(({ settings }) =>
    settings.name.toLowerCase() === wanted.toLowerCase()
  );
  if (configured !== undefined) {
    const { settings, delivery } = configured;
    return { template: settings, hardware: settings, ...(delivery === undefined ? {} : { delivery }) };
  }
  const registered = templateNamed(s.templates, wanted)?.settings;
  if (registered !== undefined) {
    const { delivery } = defaults;
    return {
      template: registeredTemplate(registered.name),
      hardware: registered,
      ...(delivery === undefined ? {} : { delivery }),
    };
  }
  const names = [...defaults.templates.map(({ settings }) => settings.name), ...s.templates.keys()];
  const there = names.length === 0 ? "There is none" : `There is: ${names.join(", ")}`;
  return refused(
    "not_found",
    `There is no template ${quoted(wanted)}. ${there}; \`hvpool template register\` makes one.`,
  );
}

function agentOf(
  { warm, max, desktop = true, totalMs = LEASE_MS, idleMs = Math.min(IDLE_MS, totalMs), onIdle }: Pick<
    CreatePool,
    "warm" | "max" | "desktop" | "totalMs" | "idleMs" | "onIdle"
  >,
): AgentSettings {
  return {
    desktop,
    idleMs,
    totalMs,
    ...(warm === undefined ? {} : { warm }),
    ...(max === undefined ? {} : { max }),
    ...(onIdle === undefined ? {} : { onIdle }),
  };
}

function countFaults({ size, hot = 0, warm, max }: CreatePool): string[] {
  const whole = (what: string, count: number | undefined, least: number) =>
    count === undefined || (Number.isInteger(count) && count >= least && count <= MAX_SIZE)
      ? []
      : [`${what} is a whole number from ${least} to ${MAX_SIZE}, not ${count}.`];
  const wrong = [
    ...whole("The number of machines", size, 0),
    ...whole("The number of hot ones", hot, 0),
    ...whole("The number of warm ones", warm, 0),
    ...whole("The greatest number", max, 1),
  ];
  if (wrong.length > 0) return wrong;
  const together = hot + (warm ?? 0);
  return [
    ...(together <= size || size === 0
      ? []
      : [`${hot} hot and ${warm ?? 0} warm machines are more than the ${size} that the pool has.`]),
    ...(max === undefined || max >= size
      ? []
      : [`The pool is to have ${size} machines, and at most ${max} (max).`]),
  ];
}

function timeFaults({ idleMs, totalMs }: AgentSettings): string[] {
  const range = (what: string, value: number, most: number) =>
    Number.isFinite(value) && value >= SECOND_MS && value <= most
      ? []
      : [`The ${what} is 1 to ${most / SECOND_MS} seconds, not ${value / SECOND_MS}.`];
  const total = range("longest time of a lease", totalMs, MAX_LEASE_MS);
  return total.length > 0 ? total : range("idle time", idleMs, totalMs);
}

function coldFaults({ onIdle }: AgentSettings, template: TemplateSettings): string[] {
  const why = coldBecause(template);
  if (onIdle !== "save" || why === undefined) return [];
  return [
    `A machine ${why} cannot be saved: with the template ${
      quoted(template.name)
    } a silent holder's lease can only be ` +
    "released.",
  ];
}

/** Whether there are paths and addresses for its machines. */
function roomFault(s: State, pool: PoolSettings): string | undefined {
  const { storage, pools } = s.settings;
  const length = storage.length + roomBelowStorage(pool);
  if (length > MAX_PATH) {
    return `Files of the pool ${pool.name} would have paths of up to ${length} characters, and Hyper-V takes ` +
      `${MAX_PATH}. Choose a name that is ${
        length - MAX_PATH
      } characters shorter, or a shorter storage_path.`;
  }
  const before = addressRanges(pools);
  for (const [name, range] of addressRanges([...pools, pool])) {
    const was = before.get(name);
    if (!("fault" in range) || (was !== undefined && "fault" in was)) continue;
    return range.fault === "full"
      ? `The subnet has static addresses for ${range.free} machines, and with this pool there would be ${range.wanted}. ` +
        "Ask for fewer, or write a greater network.subnet."
      : `The subnet of pool ${name} has addresses in common with that of pool ${range.with}. Give both the same subnet.`;
  }
  return undefined;
}
