/** Key-value exchange and PowerShell Direct. */
import type { Ms } from "../../model/ids.ts";
import type { HostArgs, HostValue } from "../../ports/host.ts";
import type { Machine } from "../machine.ts";
import { diskFull, fileNotFound, RecordError } from "../records.ts";
import { installLoader } from "../seed_image.ts";
import { addressesOf } from "./addresses.ts";
import type { Plays, World } from "./play.ts";
import { type ProgramEnd, runProgram } from "./programs.ts";
import { guestNotRunning, invalidParameter, sessionBroken } from "./refusals.ts";

type Account = Pick<HostArgs<"guest.syncTime">, "vmId" | "user" | "password">;

const NOT_READY =
  "An error has occurred which Windows PowerShell cannot handle. A remote session might have ended.";

/** What every PowerShell Direct call needs first: a guest that is up and lets the account in. */
const DIRECT = {
  begin: (world: World, { vmId, user, password }: Account) => {
    const machine = world.machines.get(vmId);
    if (machine.power !== "running") throw guestNotRunning(machine.name);
    if (machine.guest?.isUp !== true) throw sessionBroken(machine.name, NOT_READY);
    const { account } = world;
    const known = account === undefined ||
      (account.user.toLowerCase() === user.toLowerCase() && account.password === password);
    if (!known) throw sessionBroken(machine.name, "The credential is invalid.");
  },
  hangs: (world: World, { vmId }: Account) =>
    world.machines.get(vmId).guest?.isFrozen === true || world.drawHang(),
};

/** The guest, if it is still there when the call ends. */
function alive(world: World, vmId: string): Machine {
  const machine = world.machines.get(vmId);
  if (machine.power !== "running" || machine.guest?.isUp !== true) {
    throw sessionBroken(machine.name, "The Hyper-V socket target process has ended.");
  }
  return machine;
}

/** `kvp.*` and `guest.*`. */
export const GUEST_PLAYS: Plays<
  "kvp.read" | "kvp.push" | "guest.exec" | "guest.copyIn" | "guest.copyOut" | "guest.syncTime"
> = {
  "kvp.read": {
    land: (world, { vmIds }) => {
      const vms: HostValue<"kvp.read">["vms"] = [];
      for (const vmId of vmIds) {
        const machine = world.machines.find(vmId);
        const items = machine?.power === "running" ? machine.guest?.items() : undefined;
        if (machine === undefined || items === undefined) continue;
        const ipv4 = addressesOf(machine, world.timeline.now).filter((address) => !address.includes(":"));
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
  "guest.exec": {
    ...DIRECT,
    lasts: (world, args) => Math.min(run(world, args)?.lastsMs ?? 0, args.timeoutMs),
    land: (world, args) => {
      const machine = alive(world, args.vmId);
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
    land: (world, { vmId, path, offset, data }) => {
      const machine = alive(world, vmId);
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
    land: (world, { vmId, path, offset, maxBytes }) => {
      const bytes = read(world, alive(world, vmId), path);
      return { data: bytes.slice(offset, offset + maxBytes).toBase64(), size: bytes.length };
    },
  },
  "guest.syncTime": {
    ...DIRECT,
    land: (world, { vmId }) => {
      const { guest } = alive(world, vmId);
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
    readFile: (path) => world.disks.readInside(machine.disk, path),
  });
}
