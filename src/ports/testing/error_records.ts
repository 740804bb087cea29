/** The error records of the Hyper-V fact sheet, with the class that each must be told as. */
import type { HostErrorClass } from "../../model/calls.ts";
import type { ErrorRecord } from "../host.ts";

/** One record in short. */
export interface Row {
  /** What happened. */
  readonly what: string;
  readonly is: HostErrorClass;
  readonly id?: string;
  readonly category?: string;
  readonly hresult?: string;
  readonly command?: string;
  /** Words of an English host; numbers in parentheses are the same on every host. */
  readonly message?: string;
}

/** Prefix of Hyper-V's error ids. */
export const HYPER_V = "Microsoft.HyperV.PowerShell.Commands";
const VHD = "Microsoft.Vhd.PowerShell.Cmdlets";

/** Every record of the fact sheet, as a real host gives it. */
export const RECORDS: readonly Row[] = [
  {
    what: "Get-VM -Name misses",
    is: "invalid",
    id: `InvalidParameter,${HYPER_V}.GetVM`,
    category: "InvalidArgument",
    message: 'Hyper-V was unable to find a virtual machine with name "X".',
  },
  {
    what: "Get-VM -Id misses",
    is: "not_found",
    id: `ObjectNotFound,${HYPER_V}.GetVM`,
    category: "ObjectNotFound",
    message:
      "Hyper-V encountered an error trying to access an object on computer 'X' because the object was not found.",
  },
  {
    what: "another cmdlet misses its VM",
    is: "not_found",
    id: `ObjectNotFound,${HYPER_V}.RemoveVM`,
    category: "ObjectNotFound",
    message: 'Hyper-V was unable to find a virtual machine with name "X".',
  },
  {
    what: "Get-VMSwitch misses",
    is: "invalid",
    id: `InvalidParameter,${HYPER_V}.GetVMSwitch`,
    category: "InvalidArgument",
  },
  {
    what: "a checkpoint is missing",
    is: "not_found",
    id: `ObjectNotFound,${HYPER_V}.GetVMSnapshot`,
    category: "ObjectNotFound",
    message: "Unable to find a snapshot matching the given criteria.",
  },
  {
    what: "a GPU partition is missing",
    is: "not_found",
    id: `ObjectNotFound,${HYPER_V}.GetVMGpuPartitionAdapter`,
    category: "ObjectNotFound",
  },
  {
    what: "wrong state",
    is: "wrong_state",
    id: `InvalidState,${HYPER_V}.SetVMMemory`,
    category: "InvalidOperation",
    message: "The operation cannot be performed while the virtual machine is in its current state.",
  },
  {
    what: "wrong state without a category of its own",
    is: "wrong_state",
    id: `InvalidState,${HYPER_V}.StartVM`,
    category: "NotSpecified",
  },
  {
    what: "wrong state under OperationFailed",
    is: "wrong_state",
    id: `OperationFailed,${HYPER_V}.SaveVM`,
    category: "InvalidOperation",
  },
  {
    what: "a job that ends with 32775",
    is: "wrong_state",
    id: "WmiReturnValue,Msvm_ComputerSystem.RequestStateChange",
    category: "InvalidResult",
    hresult: "32775",
  },
  {
    what: "a job that ends with 32768",
    is: "wrong_state",
    id: "WmiReturnValue,Msvm_ComputerSystem.RequestStateChange",
    category: "InvalidResult",
    hresult: "32768",
  },
  {
    what: "being modified by another operation",
    is: "wrong_state",
    id: `InvalidState,${HYPER_V}.SetVM`,
    category: "InvalidOperation",
    message: "The virtual machine 'X' is being modified by another operation.",
  },
  {
    what: "no rights",
    is: "access_denied",
    id: `AccessDenied,${HYPER_V}.GetVM`,
    category: "PermissionDenied",
    message: "You do not have the required permission to complete this task.",
  },
  {
    what: "no rights, by the category alone",
    is: "access_denied",
    id: `Unspecified,${HYPER_V}.GetVM`,
    category: "PermissionDenied",
  },
  {
    what: "a file's access list",
    is: "access_denied",
    id: `AccessDenied,${HYPER_V}.StartVM`,
    category: "PermissionDenied",
    message:
      "User account does not have permission required to open attachment 'C:\\a.vhdx'. Error: 'General access denied error' (0x80070005).",
  },
  {
    what: "a file's access list at a start",
    is: "access_denied",
    id: `OperationFailed,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message: "'X' failed to start. (0x80070005)",
  },
  {
    what: "out of memory",
    is: "out_of_memory",
    id: `OutOfMemory,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message:
      "'X' failed to start.\nCould not initialize memory: Not enough memory resources are available to complete this operation. (0x8007000E).",
  },
  {
    what: "out of memory by its id alone",
    is: "out_of_memory",
    id: `OutOfMemory,${HYPER_V}.StartVM`,
    category: "FromStdErr",
  },
  {
    what: "out of memory by its number alone",
    is: "out_of_memory",
    id: `Unspecified,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message: "(0x8007000E)",
  },
  {
    what: "the worker process fails",
    is: "unknown",
    id: `OperationFailed,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message: "'X' failed to start. (0xC06D007E)",
  },
  {
    what: "the adapter's switch is gone",
    is: "unavailable",
    id: `OperationFailed,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message: "failed to allocate resources while connecting to a virtual network: (0x800705AA).",
  },
  {
    what: "a disk is in use",
    is: "busy",
    id: `ObjectInUse,${VHD}.GetVHD`,
    category: "ResourceBusy",
    message: "Getting the mounted storage instance for the path 'C:\\a.vhdx' failed.",
  },
  {
    what: "a disk cannot be read",
    is: "unknown",
    id: `OperationFailed,${VHD}.GetVHD`,
    category: "NotSpecified",
    message: "Getting the mounted storage instance for the path 'C:\\a.vhdx' failed.",
  },
  {
    what: "a parent is missing when a disk is made",
    is: "invalid",
    id: `InvalidParameter,${VHD}.NewVHD`,
    category: "InvalidArgument",
  },
  {
    what: "the file is there already",
    is: "invalid",
    id: `OperationFailed,${VHD}.NewVHD`,
    category: "NotSpecified",
    message: "The file exists. (0x80070050)",
  },
  ...(["0x80070020", "0x80070021", "0x800704C8"].map((hresult): Row => (
    {
      what: `a file is locked, ${hresult}`,
      is: "busy",
      id: "IOException,Remove-Item",
      category: "WriteError",
      hresult,
    }
  ))),
  ...(["0x80070070", "0x80070027"].map((hresult): Row => (
    {
      what: `the volume is full, ${hresult}`,
      is: "no_space",
      id: `OperationFailed,${VHD}.NewVHD`,
      category: "NotSpecified",
      message: `There is not enough space on the disk. (${hresult})`,
    }
  ))),
  {
    what: "the management service is stopped",
    is: "unavailable",
    id: `Unspecified,${HYPER_V}.GetVM`,
    category: "ResourceUnavailable",
  },
  ...(["D", "E", "F"].map((digit): Row => (
    {
      what: `a broken chain, 0xC03A000${digit}`,
      is: "broken_chain",
      id: `OperationFailed,${HYPER_V}.StartVM`,
      category: "NotSpecified",
      message: `The chain of virtual hard disks is broken. (0xC03A000${digit})`,
    }
  ))),
  ...(["16", "17", "18", "19", "1A", "1B", "1C"].map((digits): Row => (
    {
      what: `a broken chain, 0xC03A00${digits}`,
      is: "broken_chain",
      id: `OperationFailed,${VHD}.GetVHD`,
      category: "NotSpecified",
      message: `(0xC03A00${digits})`,
    }
  ))),
  ...(["27", "28", "29"].map((digits): Row => (
    {
      what: `a saved state that cannot be restored, 0xC03700${digits}`,
      is: "saved_state_corrupt",
      id: `OperationFailed,${HYPER_V}.StartVM`,
      category: "NotSpecified",
      message: `Cannot restore this virtual machine. (0xC03700${digits})`,
    }
  ))),
  {
    what: "a saved state whose encryption does not open",
    is: "saved_state_corrupt",
    id: `OperationFailed,${HYPER_V}.StartVM`,
    category: "NotSpecified",
    message: "The authentication tag does not match. (0xC000A002)",
  },
  {
    what: "Stop-VM where the guest cannot be asked",
    is: "wrong_state",
    id: `InvalidOperation,${HYPER_V}.StopVM`,
    category: "InvalidOperation",
  },
  {
    what: "a checkpoint of a VM with a GPU partition",
    is: "wrong_state",
    id: `OperationFailed,${HYPER_V}.CheckpointVM`,
    category: "InvalidOperation",
  },
  {
    what: "the module is missing",
    is: "unavailable",
    id: "CommandNotFoundException",
    category: "ObjectNotFound",
  },
  {
    what: "the module cannot be loaded",
    is: "unavailable",
    id: "Modules_ModuleNotFound,Microsoft.PowerShell.Commands.ImportModuleCommand",
    category: "ResourceUnavailable",
  },
  {
    what: "an argument is unknown",
    is: "invalid",
    id: "NamedParameterNotFound,Start-VM",
    category: "InvalidArgument",
  },
  {
    what: "an argument is missing",
    is: "invalid",
    id: "MissingMandatoryParameter,Start-VM",
    category: "InvalidArgument",
  },
  {
    what: "a path is missing",
    is: "not_found",
    id: "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand",
    category: "ObjectNotFound",
  },
  {
    what: "a script is blocked by the virus scanner",
    is: "access_denied",
    id: "ScriptContainedMaliciousContent",
    category: "ParserError",
  },
  {
    what: "a policy forbids .NET",
    is: "access_denied",
    id: "MethodInvocationNotSupportedInConstrainedLanguage",
    category: "InvalidOperation",
  },
  {
    what: "the guest's session breaks",
    is: "unavailable",
    id: "PSSessionStateBroken",
    category: "OpenError",
  },
  {
    what: "PowerShell Direct finds no VM",
    is: "not_found",
    id: "InvalidVMIdNotSingle,Microsoft.PowerShell.Commands.InvokeCommandCommand",
    category: "InvalidArgument",
  },
  {
    what: "PowerShell Direct finds the VM off",
    is: "wrong_state",
    id: "InvalidVMState,Microsoft.PowerShell.Commands.InvokeCommandCommand",
    category: "InvalidArgument",
  },
  {
    what: "PowerShell Direct refuses the account",
    is: "access_denied",
    id: "InvalidCredential",
    category: "InvalidOperation",
  },
  {
    what: "a picture of a VM that is off",
    is: "wrong_state",
    id: "WmiReturnValue,Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage",
    category: "InvalidResult",
    hresult: "32775",
  },
  {
    what: "a picture with a bad parameter",
    is: "invalid",
    id: "WmiReturnValue,Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage",
    category: "InvalidResult",
    hresult: "32773",
    command: "Msvm_VirtualSystemManagementService.GetVirtualSystemThumbnailImage",
  },
  {
    what: "the keyboard's buffer is full",
    is: "busy",
    id: "WmiReturnValue,Msvm_Keyboard.TypeScancodes",
    category: "InvalidResult",
    hresult: "32773",
    command: "Msvm_Keyboard.TypeScancodes",
  },
  {
    what: "the mouse's driver is not up",
    is: "wrong_state",
    id: "WmiReturnValue,Msvm_SyntheticMouse.SetAbsolutePosition",
    category: "InvalidResult",
    hresult: "32768",
  },
  {
    what: "time ran out in WMI",
    is: "timeout",
    id: "OperationTimeout,Get-CimInstance",
    category: "OperationTimeout",
  },
  {
    what: "nothing known",
    is: "unknown",
    id: "Unspecified",
    category: "NotSpecified",
    hresult: "0x80131500",
  },
];

/** The whole record. */
export function recordOf(row: Row): ErrorRecord {
  return {
    message: row.message ?? "",
    category: row.category ?? "NotSpecified",
    fqid: row.id ?? "",
    hresult: row.hresult ?? "",
    command: row.command ?? "",
    target: "X",
  };
}
