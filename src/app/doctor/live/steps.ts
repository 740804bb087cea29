/**
 * What a round does with its machine, in order: every host call that needs no guest, and, where a template's guest
 * starts, what shows that it lives. A row whose failure leaves the machine as it was does not end the round.
 */
import { GUEST_STEPS } from "./guest_steps.ts";
import { type LiveMachine, StepFailed } from "./machine.ts";
import {
  capture,
  putMedia,
  readFile,
  removeDirectory,
  removeFile,
  start,
  untilMerged,
  writeFile,
} from "./step_bodies.ts";

/** One step. */
export interface LiveStep {
  /** Under this name it is timed. */
  readonly name: string;
  /** Without it the rest makes no sense. @default true */
  readonly essential?: false;
  /** It tells the stopwatch by itself. */
  readonly timesItself?: true;
  /** Whether it is taken. @default in every round */
  readonly when?: (machine: LiveMachine) => boolean;
  run(machine: LiveMachine, signal: AbortSignal): Promise<unknown>;
}

/** Shift, which changes nothing anywhere. */
const SHIFT_KEY = 0x10;
const SHIFT_SCANCODES = [0x2a, 0xaa];

function power(wanted: string, got: { power: string }): void {
  if (got.power !== wanted) throw new StepFailed(`the machine is ${got.power} afterwards, not ${wanted}`);
}

const withGuest = ({ plan }: LiveMachine) => plan.template !== undefined;

/** Before the machine is there. */
const MAKES: readonly LiveStep[] = [
  { name: "host.info", run: (machine) => machine.ask("host.info", {}) },
  // What is made after it is known for the doctor's, should the run be ended in the middle.
  { name: "file.write", essential: false, run: writeFile },
  { name: "file.read", essential: false, when: ({ hasFile }) => hasFile, run: readFile },
  {
    name: "disk.createChild",
    run: (machine) => {
      machine.hasFolder = true;
      return machine.ask("disk.createChild", { path: machine.disk, parent: machine.plan.parent });
    },
  },
  { name: "disk.info", essential: false, run: (machine) => machine.ask("disk.info", { path: machine.disk }) },
  {
    name: "disk.inject",
    essential: false,
    when: ({ plan }) => plan.injects,
    run: (machine) =>
      machine.ask("disk.inject", {
        path: machine.disk,
        files: [{ path: "hvpool-doctor.txt", text: "Made by hvpool doctor." }],
      }),
  },
  {
    name: "dir.list",
    essential: false,
    run: async (machine) => {
      const { names } = await machine.ask("dir.list", { path: machine.plan.storage });
      if (!names.includes(machine.name)) throw new StepFailed("the machine's folder is not in the list");
    },
  },
  {
    name: "vm.create",
    run: async (machine) => {
      machine.hasVm = true;
      machine.vmId = (await machine.ask("vm.create", machine.hardware())).vmId;
    },
  },
  {
    name: "vm.list",
    essential: false,
    run: async (machine) => {
      const { vms, complete } = await machine.ask("vm.list", {});
      if (complete && !vms.some(({ id }) => id === machine.id)) {
        throw new StepFailed("the machine is not in the list");
      }
    },
  },
  { name: "vm.inspect", essential: false, run: (machine) => machine.ask("vm.inspect", { vmId: machine.id }) },
  {
    name: "vm.set",
    essential: false,
    run: (machine) => machine.ask("vm.set", { vmId: machine.id, notes: machine.notes }),
  },
  {
    name: "net.isolate",
    essential: false,
    run: (machine) => machine.ask("net.isolate", { vmId: machine.id, guard: true, rules: [] }),
  },
];

/** While it runs, and saved. */
const LIVES: readonly LiveStep[] = [
  { name: "vm.start", timesItself: true, run: start },
  ...GUEST_STEPS.boot,
  { name: "display.capture", essential: false, run: capture },
  {
    name: "display.keys",
    essential: false,
    run: (machine) =>
      machine.ask("display.keys", { vmId: machine.id, keys: [{ action: "tap", code: SHIFT_KEY }] }),
  },
  {
    name: "display.scancodes",
    essential: false,
    run: (machine) => machine.ask("display.scancodes", { vmId: machine.id, codes: SHIFT_SCANCODES }),
  },
  {
    name: "display.mouse",
    essential: false,
    when: withGuest,
    run: (machine) =>
      machine.ask("display.mouse", { vmId: machine.id, steps: [{ action: "move", x: 1, y: 1 }] }),
  },
  { name: "kvp.read", essential: false, run: (machine) => machine.ask("kvp.read", { vmIds: [machine.id] }) },
  {
    name: "vm.pause",
    run: async (machine) => power("paused", await machine.ask("vm.pause", { vmId: machine.id })),
  },
  {
    name: "vm.resume",
    run: async (machine) => power("running", await machine.ask("vm.resume", { vmId: machine.id })),
  },
  {
    name: "checkpoint.create",
    run: async (machine) => {
      const made = await machine.ask("checkpoint.create", { vmId: machine.id, name: machine.name });
      machine.checkpointId = made.checkpointId;
    },
  },
  {
    name: "checkpoint.list",
    essential: false,
    run: async (machine) => {
      const { checkpoints } = await machine.ask("checkpoint.list", { vmId: machine.id });
      if (!checkpoints.some(({ id }) => id === machine.checkpointId)) {
        throw new StepFailed("the checkpoint is not in the list");
      }
    },
  },
  // After the checkpoint: one that holds a config drive cannot be resumed once its file is gone.
  { name: "media.put", essential: false, run: putMedia },
  ...GUEST_STEPS.beforeSave,
  {
    name: "vm.save",
    run: async (machine) => power("saved", await machine.ask("vm.save", { vmId: machine.id })),
  },
  {
    name: "vm.start (saved)",
    run: async (machine) => power("running", await machine.ask("vm.start", { vmId: machine.id })),
  },
  ...GUEST_STEPS.resumed,
  {
    name: "nic.reconnect",
    essential: false,
    run: (machine) => machine.ask("nic.reconnect", { vmId: machine.id, switchName: machine.plan.switchName }),
  },
  {
    name: "media.take",
    essential: false,
    run: (machine) => machine.ask("media.take", { vmId: machine.id, directory: machine.directory }),
  },
];

/** Back to the checkpoint, and away with it. */
const ENDS: readonly LiveStep[] = [
  {
    name: "checkpoint.restore",
    run: async (machine) => {
      const { id: vmId, checkpointId } = machine;
      power("saved", await machine.ask("checkpoint.restore", { vmId, checkpointId }));
    },
  },
  {
    name: "savedState.remove",
    run: async (machine) => power("off", await machine.ask("savedState.remove", { vmId: machine.id })),
  },
  {
    name: "vm.start (again)",
    run: async (machine) => power("running", await machine.ask("vm.start", { vmId: machine.id })),
  },
  {
    name: "vm.turnOff",
    run: async (machine) => power("off", await machine.ask("vm.turnOff", { vmId: machine.id })),
  },
  {
    name: "checkpoint.remove",
    essential: false,
    run: (machine) =>
      machine.ask("checkpoint.remove", { vmId: machine.id, checkpointId: machine.checkpointId }),
  },
  { name: "merge", essential: false, run: untilMerged },
  {
    name: "vm.remove",
    run: async (machine) => {
      await machine.ask("vm.remove", { vmId: machine.id });
      machine.hasVm = false;
    },
  },
  { name: "file.remove", essential: false, when: ({ hasFile }) => hasFile, run: removeFile },
  { name: "dir.remove", run: removeDirectory },
];

/** All of them. */
export const STEPS: readonly LiveStep[] = [...MAKES, ...LIVES, ...ENDS];
