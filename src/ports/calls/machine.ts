/** Calls about VMs as a whole: found, made, started, ended. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import {
  guid,
  memoryMb,
  nothing,
  path,
  power,
  powerAnswer,
  stopAction,
  switchName,
  text,
  vmOnly,
  vmRow,
} from "./shapes.ts";
import { call, READS } from "./spec.ts";

const processors = z.int().min(1).max(2048);

/** `vm.*`. */
export const MACHINE = {
  "vm.list": call({
    args: nothing,
    result: z.strictObject({
      bootId: z.string().describe("The host's last start, in the words of `host.info`."),
      complete: z.boolean().describe("A list that is not complete is no reading."),
      vms: z.array(vmRow),
    }),
    ...READS,
    about: "All VMs of the host, ours and other people's, in one cheap pass.",
  }),
  "vm.inspect": call({
    args: vmOnly,
    result: z.strictObject({
      ...vmRow.shape,
      disks: z.array(path).describe("Paths of the disks now: a checkpoint or a restore changes them."),
      media: z.string().nullable().describe("What is in the DVD drive; null when it is empty."),
      switchName: z.string().nullable().describe(
        "Switch of the first adapter; null when it is not connected.",
      ),
      addresses: z.array(z.string()).describe("IPv4 and IPv6 mixed; may be older than a resume."),
      adapters: z.array(z.strictObject({
        name: z.string(),
        mac: z.string().describe("Twelve hexadecimal digits."),
        switchId: guid.nullable(),
        switchName: z.string().nullable(),
      })),
      checkpoints: z.array(z.strictObject({ id: guid, name: z.string() })),
      merging: z.boolean().describe("Disks are being merged after a checkpoint was removed."),
      processors,
      stopAction,
      tpm: z.boolean(),
      nested: z.boolean(),
      gpus: z.int().min(0).describe(
        "How many GPU partitions it has: with one it can be neither saved nor checkpointed.",
      ),
    }),
    ...READS,
    about: "One VM by id, with disks, media, adapters and checkpoints; `not_found` when it is gone.",
  }),
  "vm.create": call({
    args: z.strictObject({
      name: text.min(1).max(100),
      notes: text.max(400),
      directory: path.describe("The configuration goes there."),
      disk: path,
      memoryMb,
      processors,
      switchName,
      secureBoot: z.enum(["off", "MicrosoftWindows", "MicrosoftUEFICertificateAuthority"]),
      tpm: z.boolean(),
      nested: z.boolean(),
      stopAction,
      vlan: z.int().min(1).max(4094).optional().describe(
        "The one VLAN of its adapter; left out: frames without a tag.",
      ),
    }),
    result: z.strictObject({ vmId: guid, power }),
    ...OPERATIONS["vm.create"],
    about:
      "Makes a generation 2 VM in the cycle's directory, off, with static memory, one adapter and an empty DVD drive; " +
      "automatic checkpoints off, checkpoints of type Standard, start action Nothing. Never repeated.",
  }),
  "vm.start": call({
    args: vmOnly,
    result: powerAnswer,
    ...OPERATIONS["vm.start"],
    about: "Starts an off VM or resumes a saved one; a running one stays as it is.",
  }),
  "vm.save": call({
    args: vmOnly,
    result: powerAnswer,
    ...OPERATIONS["vm.save"],
    about:
      "Saves a running or paused VM with its memory; a saved one stays as it is, GPU partitions are refused.",
  }),
  "vm.stop": call({
    args: vmOnly,
    result: powerAnswer,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 360_000,
    about:
      "Asks the guest to shut down and waits until it is off; fails at once where the guest cannot be asked. Never cuts the power.",
  }),
  "vm.turnOff": call({
    args: vmOnly,
    result: powerAnswer,
    ...OPERATIONS["vm.turnOff"],
    about: "Cuts the power; an off VM stays as it is, a saved one loses its saved state.",
  }),
  "vm.pause": call({
    args: vmOnly,
    result: powerAnswer,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Halts a running VM, which keeps its memory; a paused one stays as it is.",
  }),
  "vm.resume": call({
    args: vmOnly,
    result: powerAnswer,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Lets a paused VM go on; a running one stays as it is, a saved one is started with `vm.start`.",
  }),
  "vm.remove": call({
    args: vmOnly,
    result: nothing,
    ...OPERATIONS["vm.remove"],
    about: "Removes an off or saved VM and the configuration files that carry its id; disks stay.",
  }),
  "vm.set": call({
    args: z.strictObject({
      vmId: guid,
      name: text.min(1).max(100).optional(),
      notes: text.max(400).optional(),
      memoryMb: memoryMb.optional().describe("Needs the VM off."),
      processors: processors.optional().describe("Needs the VM off."),
      nested: z.boolean().optional().describe("Needs the VM off."),
      stopAction: stopAction.optional(),
      resolution: z.strictObject({ width: z.int().min(640).max(7680), height: z.int().min(480).max(4320) })
        .optional().describe("The one resolution of its display. Needs the VM off."),
    }),
    result: powerAnswer,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Changes what is named and leaves the rest: a restored checkpoint has brought old settings back.",
  }),
} as const;
