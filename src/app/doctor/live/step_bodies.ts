/** Steps that take more than one call. */
import { win32 } from "node:path";
import { MARKER_FILE } from "../marker.ts";
import { type LiveMachine, StepFailed } from "./machine.ts";
import { until } from "./until.ts";

/** The firmware draws its picture some time after the start. */
const PICTURE_MS = 10_000;
/** Events come within a second or two, or not at all. */
const EVENT_MS = 10_000;
const MERGE_MS = 60_000;
/** Windows lets go of the files of a machine some time after its end. */
const LOCKED_MS = 15_000;

const TEXT = "Made by hvpool doctor.\r\n";

function fileOf(machine: LiveMachine): string {
  return win32.join(machine.directory, MARKER_FILE);
}

function bytesOf(machine: LiveMachine): string {
  return new TextEncoder().encode(machine.notes).toBase64();
}

/** The first of everything: a marker in its folder, by which a later doctor knows that again. */
export async function writeFile(machine: LiveMachine): Promise<void> {
  machine.hasFolder = true;
  await machine.ask("file.write", { path: fileOf(machine), offset: 0, data: bytesOf(machine) });
  machine.hasFile = true;
}

/** Whether it is what was written. */
export async function readFile(machine: LiveMachine): Promise<void> {
  const { data } = await machine.ask("file.read", { path: fileOf(machine), offset: 0, maxBytes: 1_024 });
  if (data !== bytesOf(machine)) throw new StepFailed("the file does not hold what was written");
}

/** Away with it. */
export async function removeFile(machine: LiveMachine): Promise<void> {
  await machine.ask("file.remove", { path: fileOf(machine) });
}

/** A config drive with nothing on it that a loader would read. */
export async function putMedia(machine: LiveMachine): Promise<void> {
  const { id: vmId, directory } = machine;
  await machine.ask("media.put", {
    vmId,
    directory,
    use: 1,
    files: [{ name: "hvpool-doctor.txt", text: TEXT }],
  });
}

/**
 * Starts it. The host's event of that is timed by itself: one that does not come is a failure of its own, since
 * polls stand in for it.
 */
export async function start(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  const { watch } = machine;
  const startedAt = performance.now();
  let heardAt: number | undefined;
  const unwatch = machine.host.watch(({ vmId }) => {
    if (vmId === machine.vmId) heardAt ??= performance.now();
  });
  try {
    await watch.time("vm.start", async () => {
      const { power } = await machine.ask("vm.start", { vmId: machine.id });
      if (power !== "running") throw new StepFailed(`the machine is ${power} afterwards, not running`);
    });
    const limitMs = EVENT_MS;
    await until(() => Promise.resolve(heardAt), { limitMs, what: "an event of the start", signal }).then(
      (at) => watch.add("event", at - startedAt),
      (error: Error) => {
        if (!signal.aborted) watch.fail("event", error.message);
      },
    );
  } finally {
    unwatch();
  }
}

/** A picture of its screen, once there is one. */
export async function capture(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  const vmId = machine.id;
  const size = await until(async () => {
    const { width, height } = await machine.ask("display.size", { vmId });
    return width > 0 && height > 0 ? { width, height } : undefined;
  }, { limitMs: PICTURE_MS, what: "a picture on its display", signal });
  await machine.ask("display.capture", {
    vmId,
    width: Math.min(320, size.width),
    height: Math.min(240, size.height),
  });
}

/** Disks are merged after the call that removed their checkpoint. */
export async function untilMerged(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  const vmId = machine.id;
  await until(async () => {
    const { merging } = await machine.ask("vm.inspect", { vmId });
    return merging ? undefined : true;
  }, { limitMs: MERGE_MS, what: "the end of the merge", signal });
}

/** Its folder, once nothing in it is held. */
export async function removeDirectory(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  await until(async () => {
    const answer = await machine.call("dir.remove", { path: machine.directory });
    if (answer.outcome === "ok") {
      machine.hasFolder = false;
      return true;
    }
    if (answer.outcome === "failed" && answer.code === "busy") return undefined;
    throw new StepFailed(answer.message);
  }, { limitMs: LOCKED_MS, what: "files that nobody holds", signal });
}
