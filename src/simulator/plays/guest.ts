/** Key-value exchange and PowerShell Direct. */
import type { Ms } from "../../model/ids.ts";
import { PROBE_LIMIT_MS } from "../../ports/calls/guest.ts";
import type { HostArgs, HostValue } from "../../ports/host.ts";
import type { SimulatedGuest } from "../guest.ts";
import {
  finishSetup,
  imageLastsMs,
  imageWords,
  type ImageWorld,
  installImage,
  SHUTDOWN_AFTER_MS,
} from "../guest_image.ts";
import type { Machine } from "../machine.ts";
import { diskFull, fileNotFound, RecordError } from "../records.ts";
import { installLoader } from "../seed_image.ts";
import { addressesOf, machineAt } from "./addresses.ts";
import type { Plays, World } from "./play.ts";
import { type ProgramEnd, runProgram } from "./programs.ts";
import { guestNotRunning, invalidParameter, sessionBroken } from "./refusals.ts";

type Account = Pick<HostArgs<"guest.syncTime">, "vmId" | "user" | "password">;

const NOT_READY =
  "An error has occurred which Windows PowerShell cannot handle. A remote session might have ended.";

/** The guest that a call has opened its session with, by the call's arguments: another one on the machine is not it. */
const SESSIONS = new WeakMap<Account, SimulatedGuest>();

/** What every PowerShell Direct call needs first: a guest that is up and lets the account in. */
const DIRECT = {
  begin: (world: World, args: Account) => {
    const { vmId, user, password } = args;
    const machine = world.machines.get(vmId);
    if (machine.power !== "running") throw guestNotRunning(machine.name);
    const { guest } = machine;
    if (guest?.isUp !== true) throw sessionBroken(machine.name, NOT_READY);
    const { account } = world;
    const known = account === undefined ||
      (account.user.toLowerCase() === user.toLowerCase() && account.password === password);
    if (!known) throw sessionBroken(machine.name, "The credential is invalid.");
    SESSIONS.set(args, guest);
  },
  hangs: (world: World, { vmId }: Account) =>
    world.machines.get(vmId).guest?.isFrozen === true || world.drawHang(),
};

/** The machine, if the guest is still there when the call ends. */
function alive(world: World, args: Account): Machine {
  const machine = world.machines.get(args.vmId);
  const { guest } = machine;
  if (machine.power !== "running" || guest?.isUp !== true || guest !== SESSIONS.get(args)) {
    throw sessionBroken(machine.name, "The Hyper-V socket target process has ended.");
  }
  return machine;
}

/** `kvp.*` and `guest.*`. */
export const GUEST_PLAYS: Plays<
  "kvp.read" | "kvp.push" | "guest.probe" | "guest.exec" | "guest.copyIn" | "guest.copyOut" | "guest.syncTime"
> = {
  "kvp.read": {
    land: (world, { vmIds }) => {
      const vms: HostValue<"kvp.read">["vms"] = [];
      for (const vmId of vmIds) {
        const machine = world.machines.find(vmId);
        const items = machine?.power === "running" ? machine.guest?.items() : undefined;
        if (machine === undefined || items === undefined) continue;
        const ipv4 = addressesOf(world, machine).filter((address) => !address.includes(":"));
        vms.push({
          vmId,
          items,
          intrinsic: {
            OSName: "Windows Server 2025 Datacenter",
            FullyQualifiedDomainName: computerName(machine),
            NetworkAddressIPv4: ipv4.join(";"),
          },
        });
      }
      return { vms };
    },
  },
  "kvp.push": {
    land: (world, { vmId, items, remove }) => {
      const machine = world.machines.get(vmId);
      const left = Object.entries(machine.pushed).filter(([key]) => remove?.includes(key) !== true);
      machine.pushed = { ...Object.fromEntries(left), ...items };
      machine.guest?.hear();
      return {};
    },
  },
  "guest.probe": {
    // One that is there refuses at once; nobody answers for one that is not.
    lasts: (world, { address }) => {
      const machine = machineAt(world, address);
      const silent = machine === undefined || machine.guest?.isFrozen === true ||
        world.troubles.has("no_answer", machine.name);
      return silent ? world.scaled(PROBE_LIMIT_MS) : 0;
    },
    land: (world, { address, tcp, http }) => {
      const machine = machineAt(world, address);
      const at = tcp === undefined ? http?.replaceAll("{address}", address) ?? "" : `${address}:${tcp}`;
      if (machine === undefined || world.troubles.has("no_answer", machine.name)) {
        return { ready: false, message: `${at} did not answer within ${PROBE_LIMIT_MS} ms` };
      }
      const ready = machine.guest?.serves === true;
      return { ready, message: ready ? `${at} answers` : `${at}: connection refused` };
    },
  },
  "guest.exec": {
    ...DIRECT,
    begin: (world, args) => {
      DIRECT.begin(world, args);
      if (imageScript(world, args) !== undefined) finishSetup(imageWorld(world, args));
    },
    lasts: (world, args) => {
      const words = imageScript(world, args);
      const lastsMs = words === undefined
        ? run(world, args)?.lastsMs ?? 0
        : imageLastsMs(imageWorld(world, args), words);
      return Math.min(lastsMs, args.timeoutMs);
    },
    land: (world, args) => {
      const machine = alive(world, args);
      const words = imageScript(world, args);
      if (words !== undefined) return prepareImage(world, args, words);
      const ended = run(world, args);
      if (ended === undefined) throw new RecordError(fileNotFound("Invoke-Command", args.program));
      const { exitCode, stdout, stderr, lastsMs } = ended;
      if (exitCode === 0 && installsLoader(args)) {
        installLoader(world.disks, machine.disk);
        if (args.arguments.includes("-Start")) machine.guest?.startLoader();
      }
      return {
        exitCode: lastsMs > args.timeoutMs ? null : exitCode,
        stdout: stdout.slice(0, args.maxOutput),
        stderr: stderr.slice(0, args.maxOutput),
        truncated: stdout.length > args.maxOutput || stderr.length > args.maxOutput,
      };
    },
  },
  "guest.copyIn": {
    ...DIRECT,
    lasts: (world, { data }) => transferMs(world, data.length),
    land: (world, args) => {
      const { path, offset, data } = args;
      const machine = alive(world, args);
      const before = offset === 0 ? new Uint8Array() : read(world, machine, path);
      if (offset > before.length) {
        throw invalidParameter(
          "Invoke-Command",
          path,
          `The file has ${before.length} bytes, fewer than ${offset}.`,
        );
      }
      const piece = Uint8Array.fromBase64(data);
      const bytes = new Uint8Array(offset + piece.length);
      bytes.set(before.subarray(0, offset));
      bytes.set(piece, offset);
      if (!world.disks.writeInside(machine.disk, path, bytes)) {
        throw new RecordError(diskFull("Invoke-Command", path));
      }
      machine.guest?.look();
      return { size: bytes.length };
    },
  },
  "guest.copyOut": {
    ...DIRECT,
    lasts: (world, { maxBytes }) => transferMs(world, maxBytes),
    land: (world, args) => {
      const { path, offset, maxBytes } = args;
      const bytes = read(world, alive(world, args), path);
      return { data: bytes.slice(offset, offset + maxBytes).toBase64(), size: bytes.length };
    },
  },
  "guest.syncTime": {
    ...DIRECT,
    land: (world, args) => {
      const { guest } = alive(world, args);
      const offMs = guest?.clockBehindMs ?? 0;
      guest?.setClock();
      return { offMs };
    },
  },
};

/** Whether this is the loader's installer. */
function installsLoader({ program, arguments: words }: HostArgs<"guest.exec">): boolean {
  return /powershell(\.exe)?$/i.test(program) && words.some((word) => /\\install-loader\.ps1$/i.test(word));
}

function imageWorld(world: World, { vmId }: HostArgs<"guest.exec">): ImageWorld {
  const { disks, timeline: { now }, scaled } = world;
  return { disks, machine: world.machines.get(vmId), now, scaled };
}

/** The arguments of a run of `install-image.ps1`, where that is what is run and it is there. */
function imageScript(world: World, args: HostArgs<"guest.exec">): readonly string[] | undefined {
  const words = imageWords(args.program, args.arguments);
  const [script = ""] = words ?? [];
  return world.disks.readInside(world.machines.get(args.vmId).disk, script) === undefined ? undefined : words;
}

/** Runs it; afterwards the machine shuts down by itself. */
function prepareImage(
  world: World,
  args: HostArgs<"guest.exec">,
  words: readonly string[],
): HostValue<"guest.exec"> {
  const at = imageWorld(world, args);
  if (imageLastsMs(at, words) > args.timeoutMs) {
    return { exitCode: null, stdout: "", stderr: "", truncated: false };
  }
  const { exitCode, stderr, installed } = installImage(at, words);
  if (installed) at.machine.guest?.shutDown(world.scaled(SHUTDOWN_AFTER_MS));
  const kept = stderr.slice(0, args.maxOutput);
  return { exitCode, stdout: "", stderr: kept, truncated: kept !== stderr };
}

/** About 20 MB a second. */
function transferMs(world: World, bytes: number): Ms {
  return world.scaled(bytes / 20_000);
}

function read(world: World, machine: Machine, path: string): Uint8Array {
  const bytes = world.disks.readInside(machine.disk, path);
  if (bytes === undefined) throw new RecordError(fileNotFound("Invoke-Command", path));
  return bytes;
}

/** The name that the image was given; clones of one image have one name. */
function computerName(machine: Machine): string {
  return `VM-${machine.id.slice(0, 8).toUpperCase()}`;
}

function run(world: World, args: HostArgs<"guest.exec">): ProgramEnd | undefined {
  const machine = world.machines.get(args.vmId);
  return runProgram(args.program, args.arguments, {
    user: args.user,
    computer: computerName(machine),
    environment: args.environment ?? {},
    input: args.input ?? "",
    directory: args.directory ?? `C:\\Users\\${args.user}`,
    online: machine.switchName !== null,
    readFile: (path) => world.disks.readInside(machine.disk, path),
  });
}
