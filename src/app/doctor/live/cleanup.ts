/** Removes everything that a round made, whatever became of its calls. */
import type { HostResult } from "../../../ports/host.ts";
import type { LiveMachine } from "./machine.ts";
import { pause } from "./until.ts";

/** How patient it is. Less so in tests. */
export interface CleanupTimes {
  /** How often each thing is tried. @default 5 */
  readonly tries?: number;
  /** After a try that failed; doubled with each one. @default 1000 */
  readonly waitMs?: number;
  /** How long what an unanswered call makes is waited for: calls are given up after their limit. @default 30000 */
  readonly appearMs?: number;
}

/** What could not be removed, in words that say where it is; nothing when all is gone. Ends early with the signal. */
export async function cleanUp(
  machine: LiveMachine,
  signal: AbortSignal,
  times: CleanupTimes = {},
): Promise<string[]> {
  const endsAt = performance.now() + (times.appearMs ?? 30_000);
  while (true) {
    const left = await sweep(machine, signal, times);
    // Something of a call that was not answered may come after the sweep.
    const waits = machine.unsure && left.length === 0;
    if (!waits || signal.aborted || performance.now() >= endsAt) return left;
    await pause(times.waitMs ?? 1_000, signal);
    machine.hasFolder = true;
    machine.hasVm = true;
    machine.vmId = undefined;
  }
}

async function sweep(machine: LiveMachine, signal: AbortSignal, times: CleanupTimes): Promise<string[]> {
  const left: string[] = [];
  const { name, directory } = machine;
  if (machine.hasVm) {
    const found = await ours(machine, signal, times);
    if (typeof found === "string") left.push(`perhaps a VM named ${name}: ${found}`);
    else {
      for (const vmId of found) {
        const problem = await removeVm(machine, vmId, signal, times);
        if (problem !== undefined) left.push(`the VM ${name} (${vmId}): ${problem}`);
      }
      machine.hasVm = left.length > 0;
    }
  }
  if (machine.hasFolder && left.length > 0) left.push(`the folder ${directory}: the VM is in it`);
  else if (machine.hasFolder) {
    const problem = await again(() => machine.call("dir.remove", { path: directory }), signal, times);
    if (problem !== undefined) left.push(`the folder ${directory}: ${problem}`);
    else machine.hasFolder = false;
  }
  return left;
}

/** Ids of VMs that are this one; text: why nobody can tell. */
async function ours(
  machine: LiveMachine,
  signal: AbortSignal,
  times: CleanupTimes,
): Promise<readonly string[] | string> {
  if (machine.vmId !== undefined) return [machine.vmId];
  let found: string[] = [];
  const problem = await again(
    async () => {
      const list = await machine.call("vm.list", {});
      if (list.outcome !== "ok") return list;
      // Its name is random, but names are not unique: the folder is, also while the VM has no notes yet.
      const prefix = machine.directory.toLowerCase();
      found = list.value.vms.filter(({ name, directory }) =>
        name === machine.name && directory.toLowerCase().startsWith(prefix)
      ).map(({ id }) => id);
      if (list.value.complete || found.length > 0) return list;
      return { outcome: "unknown", message: "the list of VMs is not complete" };
    },
    signal,
    times,
  );
  return problem ?? found;
}

async function removeVm(
  machine: LiveMachine,
  vmId: string,
  signal: AbortSignal,
  times: CleanupTimes,
): Promise<string | undefined> {
  const off = await again(() => machine.call("vm.turnOff", { vmId }), signal, times);
  const removed = await again(() => machine.call("vm.remove", { vmId }), signal, times);
  return removed === undefined ? undefined : off ?? removed;
}

/** Tries until it is done, or there is nothing to do; why not, otherwise. */
async function again(
  call: () => Promise<HostResult<unknown>>,
  signal: AbortSignal,
  { tries = 5, waitMs = 1_000 }: CleanupTimes,
): Promise<string | undefined> {
  let problem = "given up";
  for (let i = 0; i < tries && !signal.aborted; i++) {
    if (i > 0) await pause(waitMs * 2 ** (i - 1), signal);
    const answer = await call();
    if (answer.outcome === "ok" || (answer.outcome === "failed" && answer.code === "not_found")) {
      return undefined;
    }
    problem = answer.message.replace(/\s+/g, " ").trim();
  }
  return problem;
}
