/** Whether a pool can be filled at all: what only the host and GitHub can know of its configuration. */
import { gpuMissing } from "../model/gpu_partition.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { TemplateDisk } from "../model/rollout.ts";
import type { HostValue } from "../ports/host.ts";
import type { Ports } from "./executor.ts";
import { findOldPool } from "./old_pool/look.ts";

/** What a check is about: which part of the configuration it speaks of. */
export type CheckSubject = "host" | "switch" | "template" | "account" | "group";

/** The group that every account has. */
const DEFAULT_GROUP = "default";

/** The answer of a check; the message names what is wrong and the remedy. */
export interface Checked {
  readonly ok: boolean;
  readonly about: CheckSubject;
  readonly message: string;
  /** Of the golden disk, once it was read. */
  readonly identity?: string;
  /** The file at the template's path is gone, and machines are made from what the store has of it. */
  readonly kept?: TemplateDisk;
}

function good(about: CheckSubject): Checked {
  return { ok: true, about, message: "" };
}

function bad(about: CheckSubject, message: string): Checked {
  return { ok: false, about, message };
}

function checkSwitch(info: HostValue<"host.info">, name: string): Checked {
  const names = info.switches.map((known) => known.name).join(", ") || "none";
  if (name === "") {
    if (info.switches.some((known) => known.isDefault)) return good("switch");
    return bad(
      "switch",
      `This host has no Default Switch (its switches: ${names}). Set hyperv.switch to one of them, ` +
        "or create one with New-VMSwitch.",
    );
  }
  if (info.switches.some((known) => known.name === name)) return good("switch");
  return bad(
    "switch",
    `The virtual switch "${name}" does not exist (the host has: ${names}). Correct hyperv.switch.`,
  );
}

function checkHost(info: HostValue<"host.info">): Checked {
  if (info.service === "missing") {
    return bad("host", "Hyper-V is not installed on this host. Enable the Hyper-V feature.");
  }
  if (info.service === "stopped") {
    return bad("host", "The Hyper-V service (vmms) is not running. Start it: Start-Service vmms.");
  }
  if (info.rights === "none") {
    return bad(
      "host",
      "This account may not manage Hyper-V. Run as administrator or join Hyper-V Administrators.",
    );
  }
  return good("host");
}

/** What no machine that is saved may have. */
function checkSaved({ recycle, template: { name, gpu, nested } }: PoolSettings): Checked {
  if (recycle !== "restore" || (gpu !== true && !nested)) return good("template");
  const what = gpu === true ? "has a GPU partition" : "runs Hyper-V itself";
  return bad(
    "template",
    `A machine of the template "${name}" ${what} and can be neither saved nor checkpointed. ` +
      "Write recycle: recreate for its pool.",
  );
}

/** The store has a disk whose own file is gone. */
async function stillKept(kept: TemplateDisk | undefined, path: string, { host }: Ports): Promise<boolean> {
  if (kept === undefined || kept.path === path) return false;
  const disk = await host.call("disk.info", { path: kept.path });
  return disk.outcome === "ok" && disk.value.readOnly;
}

async function checkTemplate(pool: PoolSettings, ports: Ports, before?: TemplateDisk): Promise<Checked> {
  const { path, name } = pool.template;
  if (path === "") {
    return bad(
      "template",
      `The template "${name}" is neither in templates: nor registered. Register its disk: ` +
        `hvpool template register ${name} --vhdx PATH.`,
    );
  }
  const saved = checkSaved(pool);
  if (!saved.ok) return saved;
  const disk = await ports.host.call("disk.info", { path });
  if (disk.outcome === "unknown") {
    return bad("template", `Cannot read the template "${name}": ${disk.message}`);
  }
  if (disk.outcome === "failed") {
    if (disk.code === "not_found" && before !== undefined && await stillKept(before, path, ports)) {
      return {
        ok: true,
        about: "template",
        message:
          `The file ${path} of the template "${name}" is gone; machines are made from what the store ` +
          "has of it. Put the disk back, or name another one.",
        kept: before,
      };
    }
    const remedy = disk.code === "not_found"
      ? "Put the disk there or correct the path."
      : disk.code === "busy" || disk.code === "unavailable"
      ? "It is looked at again in a moment."
      : "Check that the file is a VHDX that this account may read.";
    return bad("template", `The template "${name}" at ${path} cannot be used: ${disk.message} ${remedy}`);
  }
  if (disk.value.type === "differencing" && disk.value.parent === null) {
    return bad(
      "template",
      `The template "${name}" at ${path} is a child disk whose parent is missing. Restore its parent.`,
    );
  }
  const { identity } = disk.value;
  if (disk.value.readOnly) return { ...good("template"), identity };
  // Writing to a parent would kill every child.
  const protection = await ports.host.call("disk.protect", { path });
  if (protection.outcome === "ok") return { ...good("template"), identity };
  return bad(
    "template",
    `The template "${name}" at ${path} could not be made read-only: ${protection.message}`,
  );
}

function diskOf({ identity, kept, message }: Checked): Pick<Checked, "identity" | "kept" | "message"> {
  return {
    message,
    ...(identity === undefined ? {} : { identity }),
    ...(kept === undefined ? {} : { kept }),
  };
}

/** What is known beside the pool. */
export interface CheckOptions {
  /** Folder on the host below which machines lie. */
  readonly storage: string;
  /** The golden disk as it was seen last. @default it was not */
  readonly before?: TemplateDisk | undefined;
}

/** Machines of hyperv-runner-pool that have this pool's names: both would fill one pool. */
async function checkOldPool(pool: PoolSettings, { host }: Ports, storage: string): Promise<Checked> {
  const found = await findOldPool(host, pool, storage);
  return found === undefined ? good("host") : bad("host", found.message);
}

/** Checks a pool against the world. Never rejects. */
export async function checkPool(
  pool: PoolSettings,
  ports: Ports,
  { storage, before }: CheckOptions,
): Promise<Checked> {
  const info = await ports.host.call("host.info", {});
  if (info.outcome !== "ok") return bad("host", `Cannot read the Hyper-V host: ${info.message}`);
  for (const checked of [checkHost(info.value), checkSwitch(info.value, pool.switchName)]) {
    if (!checked.ok) return checked;
  }
  const template = await checkTemplate(pool, ports, before);
  if (!template.ok) return template;
  const gpu = gpuMissing(pool.template, info.value.gpu);
  if (gpu !== undefined) return bad("template", `${gpu.message} ${gpu.remedy}`);
  const old = await checkOldPool(pool, ports, storage);
  if (!old.ok) return old;
  // Leases need nobody at GitHub.
  if (pool.kind === "agent") return { ...good("template"), ...diskOf(template) };
  const account = await ports.forge.check(pool.scope, pool.group);
  if (account.outcome === "ok") return { ...good("account"), ...diskOf(template) };
  if (pool.group === DEFAULT_GROUP) return bad("account", account.message);
  const without = await ports.forge.check(pool.scope, DEFAULT_GROUP);
  return bad(without.outcome === "ok" ? "group" : "account", account.message);
}
