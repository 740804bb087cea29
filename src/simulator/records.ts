/**
 * Error records as Hyper-V's cmdlets give them: category, id and number as reported from real hosts, and the
 * English words, which nobody may depend on. Numbers stand in the message's parentheses, as they do there.
 */
import type { HostErrorClass } from "../model/calls.ts";
import type { ErrorRecord } from "../ports/host.ts";
import { savedStateReason } from "./saved_state.ts";

/** What a simulated call throws when Hyper-V would. */
export class RecordError extends Error {
  /** The record itself. */
  readonly record: ErrorRecord;

  constructor(record: ErrorRecord) {
    super(record.message);
    this.record = record;
  }
}

/** `Start-VM` is `StartVM` in an error id. */
function identifier(id: string, command: string): string {
  const area = command.endsWith("-VHD")
    ? "Microsoft.Vhd.PowerShell.Cmdlets"
    : "Microsoft.HyperV.PowerShell.Commands";
  return `${id},${area}.${command.replace("-", "")}`;
}

/** A record of a Hyper-V cmdlet. */
export function hyperV(
  parts: { id: string; category: string; command: string; target: string; message: string },
): ErrorRecord {
  const { id, category, command, target, message } = parts;
  return { message, category, fqid: identifier(id, command), hresult: "", command, target };
}

/** A file operation's failure: no Hyper-V id, but a number. */
function file(message: string, hresult: string, command: string, target: string): ErrorRecord {
  return { message, category: "WriteError", fqid: `IOException,${command}`, hresult, command, target };
}

/** The same record for a VM that is gone and for one that may not be seen. */
export function vmNotFound(vmId: string): ErrorRecord {
  return hyperV({
    id: "ObjectNotFound",
    category: "ObjectNotFound",
    command: "Get-VM",
    target: vmId,
    message:
      "Hyper-V encountered an error trying to access an object on computer 'HOST' because the object was not " +
      "found. The object might have been deleted, or you might not have permission to perform the task.",
  });
}

/** A missing switch is an invalid parameter, not a missing object. */
export function switchNotFound(name: string): ErrorRecord {
  return hyperV({
    id: "InvalidParameter",
    category: "InvalidArgument",
    command: "Get-VMSwitch",
    target: name,
    message: `Hyper-V was unable to find a virtual switch with name "${name}".`,
  });
}

/** The power state does not allow the command. */
export function wrongState(command: string, name: string): ErrorRecord {
  return hyperV({
    id: "InvalidState",
    category: "InvalidOperation",
    command,
    target: name,
    message:
      `Failed to perform the operation on '${name}'. The operation cannot be performed while the virtual ` +
      "machine is in its current state.",
  });
}

/** Another command is at work on the VM. */
export function modifiedElsewhere(command: string, name: string): ErrorRecord {
  return hyperV({
    id: "InvalidState",
    category: "InvalidOperation",
    command,
    target: name,
    message: `The virtual machine '${name}' is being modified by another operation.`,
  });
}

/** The host has not as much memory as the VM wants at its start. */
export function outOfMemory(name: string, vmId: string): ErrorRecord {
  return hyperV({
    id: "OutOfMemory",
    category: "NotSpecified",
    command: "Start-VM",
    target: name,
    message:
      `'${name}' failed to start.\n\nNot enough memory in the system to start the virtual machine ${name}.\n\n` +
      "Could not initialize memory: Not enough memory resources are available to complete this operation. " +
      `(0x8007000E).\n\n'${name}' failed to start. (Virtual machine ID ${vmId.toUpperCase()})`,
  });
}

/** Any other failure of a start; `reason` ends with the inner number in parentheses. */
export function startFailed(name: string, reason: string): ErrorRecord {
  return hyperV({
    id: "OperationFailed",
    category: "NotSpecified",
    command: "Start-VM",
    target: name,
    message: `'${name}' failed to start.\n\n${reason}`,
  });
}

/** A virtual disk that cannot be found, or whose parent cannot. */
export function badParent(path: string, parent: string): ErrorRecord {
  return hyperV({
    id: "InvalidParameter",
    category: "InvalidArgument",
    command: "New-VHD",
    target: path,
    message:
      `Failed to create the virtual hard disk. The parent '${parent}' does not exist or is not a disk.`,
  });
}

/** A disk that is being made, surfaced or used. */
export function diskInUse(path: string): ErrorRecord {
  return hyperV({
    id: "ObjectInUse",
    category: "ResourceBusy",
    command: "Get-VHD",
    target: path,
    message:
      `Getting the mounted storage instance for the path '${path}' failed. The operation cannot be performed ` +
      "while the object is in use.",
  });
}

/** The file is there already. */
export function fileExists(command: string, path: string): ErrorRecord {
  return hyperV({
    id: "OperationFailed",
    category: "NotSpecified",
    command,
    target: path,
    message: `Failed to create '${path}'. The file exists. (0x80070050)`,
  });
}

/** A file or folder that is not there; `folder` picks the number. */
export function fileNotFound(command: string, path: string, what: "file" | "folder" = "file"): ErrorRecord {
  const hresult = what === "file" ? "0x80070002" : "0x80070003";
  return file(
    `The system cannot find the ${what} specified: '${path}'. (${hresult})`,
    hresult,
    command,
    path,
  );
}

/** A file that a worker process still holds. */
export function fileLocked(command: string, path: string): ErrorRecord {
  return file(
    `The process cannot access the file '${path}' because it is being used by another process. (0x80070020)`,
    "0x80070020",
    command,
    path,
  );
}

/** A file whose read-only attribute is set. */
export function fileProtected(command: string, path: string): ErrorRecord {
  return {
    message: `Access to '${path}' is denied: the file is read-only. (0x80070005)`,
    category: "PermissionDenied",
    fqid: `UnauthorizedAccessException,${command}`,
    hresult: "0x80070005",
    command,
    target: path,
  };
}

/** What hvpool itself refuses to do to a file. */
export function fileRefused(command: string, target: string, message: string): ErrorRecord {
  const fqid = `InvalidParameter,${command}`;
  return { message, category: "InvalidArgument", fqid, hresult: "", command, target };
}

/** A file that is named like a virtual disk and is none, or not a whole one. */
export function noDisk(command: string, path: string): ErrorRecord {
  return hyperV({
    id: "OperationFailed",
    category: "NotSpecified",
    command,
    target: path,
    message: `Failed to open '${path}'. The file or directory is corrupted and unreadable. (0x80070570)`,
  });
}

/** The volume is full. */
export function diskFull(command: string, path: string): ErrorRecord {
  return file(`There is not enough space on the disk. (0x80070070)`, "0x80070070", command, path);
}

/** What PowerShell says of arguments that a function does not know or take. */
export function badArguments(call: string, reason: string): ErrorRecord {
  return {
    message: `Cannot bind the arguments of ${call}: ${reason}`,
    category: "InvalidArgument",
    fqid: `NamedParameterNotFound,${call}`,
    hresult: "",
    command: call,
    target: "",
  };
}

/** What PowerShell says of a function that is not there. */
export function noSuchCall(call: string): ErrorRecord {
  return {
    message:
      `The term '${call}' is not recognized as the name of a cmdlet, function, script file, or operable program.`,
    category: "ObjectNotFound",
    fqid: "CommandNotFoundException",
    hresult: "",
    command: call,
    target: call,
  };
}

/** One raw record for each class, for faults on demand. */
export const RECORD_BY_CLASS: Readonly<
  Record<HostErrorClass, (call: string, target: string) => ErrorRecord>
> = {
  "not_found": (_, target) => vmNotFound(target),
  "wrong_state": (call, target) => wrongState(call, target),
  busy: (_, target) => diskInUse(target),
  "out_of_memory": (_, target) => outOfMemory(target, "00000000-0000-4000-8000-000000000000"),
  "no_space": (call, target) => diskFull(call, target),
  "access_denied": (command, target) =>
    hyperV({
      id: "AccessDenied",
      category: "PermissionDenied",
      command,
      target,
      message:
        "You do not have the required permission to complete this task. Contact the administrator of the " +
        "authorization policy for the computer 'HOST'.",
    }),
  "saved_state_corrupt": (_, target) => startFailed(target, savedStateReason("0xC0370027")),
  "broken_chain": (_, target) => startFailed(target, brokenChain("missing")),
  unavailable: (command, target) => ({
    message:
      "Hyper-V encountered an error trying to access an object: the Virtual Machine Management service does " +
      "not answer. (0x800706BA)",
    category: "ResourceUnavailable",
    fqid: identifier("Unspecified", command),
    hresult: "",
    command,
    target,
  }),
  invalid: (command, target) =>
    hyperV({
      id: "InvalidParameter",
      category: "InvalidArgument",
      command,
      target,
      message: "Failed to modify device 'Memory'.",
    }),
  timeout: (command, target) => ({
    message: "The operation did not end in time.",
    category: "OperationTimeout",
    fqid: identifier("OperationTimeout", command),
    hresult: "",
    command,
    target,
  }),
  unknown: (command, target) =>
    hyperV({
      id: "Unspecified",
      category: "NotSpecified",
      command,
      target,
      message: "The operation failed. (0xC06D007E)",
    }),
};

/** Why a differencing disk cannot be opened. */
export function brokenChain(why: "missing" | "mismatch"): string {
  return why === "missing"
    ? "The chain of virtual hard disks is broken. The system cannot locate the parent virtual hard disk for the " +
      "differencing disk. (0xC03A000D)"
    : "The chain of virtual hard disks is corrupted. There is a mismatch in the identifiers of the parent virtual " +
      "hard disk and differencing disk. (0xC03A000E)";
}

/** The record as a German host gives it: other words, the same ids and numbers. */
export function germanRecord(record: ErrorRecord): ErrorRecord {
  const numbers = record.message.match(/\(0x[0-9a-f]{8}\)/gi) ?? [];
  const message = `Fehler beim Ausführen von "${record.command}" für "${record.target}". ${numbers.join(" ")}`
    .trim();
  return { ...record, message };
}
