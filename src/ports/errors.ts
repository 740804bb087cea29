/**
 * Classes of host errors, told from error records by id, category and number, never by words: Hyper-V's
 * messages are localized. The record itself stays with the failure, for people.
 */
import type { HostErrorClass } from "../model/calls.ts";
import type { ErrorRecord } from "./host.ts";

/**
 * `0x…` numbers that say everything by themselves. Sources: winerror.h, wbemcli.h, ntstatus.h; the Hyper-V fact
 * sheet for where they were seen. Numbers that only say "failed" (0x80131500, 0x80004005, 0xC06D007E) are not here.
 */
const BY_HRESULT: Readonly<Record<string, HostErrorClass>> = {
  // Memory and space.
  "0x8007000e": "out_of_memory",
  "0x80070070": "no_space",
  "0x80070027": "no_space",
  // Rights. A file that was swapped in later lacks the VM's entry in its access list and is refused like this too.
  "0x80070005": "access_denied",
  "0x80070013": "access_denied",
  "0x80041003": "access_denied",
  // Somebody holds it: sharing, locks, mapped files, a folder that is not empty because of them.
  "0x80070020": "busy",
  "0x80070021": "busy",
  "0x800704c8": "busy",
  "0x80070091": "busy",
  "0x800700aa": "busy",
  // Not there.
  "0x80070002": "not_found",
  "0x80070003": "not_found",
  "0x80070490": "not_found",
  "0x80041002": "not_found",
  // Asked wrongly.
  "0x80070050": "invalid",
  "0x80070057": "invalid",
  "0x8007007b": "invalid",
  "0x800700ce": "invalid",
  // The service or a resource is away: a switch that is gone, the management service, WMI.
  "0x800705aa": "unavailable",
  "0x800706ba": "unavailable",
  "0x800706be": "unavailable",
  "0x80070422": "unavailable",
  "0x80041013": "unavailable",
  "0x800705b4": "timeout",
  "0x80131505": "timeout",
  // Saved states: corrupt, with an unknown item, of another hypervisor; one whose encryption no longer opens.
  "0xc0370027": "saved_state_corrupt",
  "0xc0370028": "saved_state_corrupt",
  "0xc0370029": "saved_state_corrupt",
  "0xc000a002": "saved_state_corrupt",
  // Chains of virtual disks.
  "0xc03a000d": "broken_chain",
  "0xc03a000e": "broken_chain",
  "0xc03a000f": "broken_chain",
  "0xc03a0016": "broken_chain",
  "0xc03a0017": "broken_chain",
  "0xc03a0018": "broken_chain",
  "0xc03a0019": "broken_chain",
  "0xc03a001a": "broken_chain",
  "0xc03a001b": "broken_chain",
  "0xc03a001c": "broken_chain",
};

/** What Hyper-V's WMI methods and jobs answer instead of 0. Source: the reference of `Msvm_*` classes. */
const BY_WMI: Readonly<Record<string, HostErrorClass>> = {
  "1": "invalid", // Msvm_Keyboard.TypeText: a character that no key writes
  "32768": "wrong_state", // "failed": seen for wrong states, and from a mouse whose driver is not up yet
  "32769": "access_denied",
  "32770": "unavailable",
  "32772": "timeout",
  "32773": "invalid",
  "32774": "busy",
  "32775": "wrong_state",
  "32777": "unavailable",
  "32778": "out_of_memory",
  "32779": "not_found",
};

/** First part of the fully qualified error id. */
const BY_ID: Readonly<Record<string, HostErrorClass>> = {
  ObjectNotFound: "not_found",
  OutOfMemory: "out_of_memory",
  InvalidState: "wrong_state",
  // Stop-VM where the guest cannot be asked to shut down.
  InvalidOperation: "wrong_state",
  ObjectInUse: "busy",
  AccessDenied: "access_denied",
  InvalidParameter: "invalid",
  // The engine's own: a module or command that is missing says nothing about VMs.
  CommandNotFoundException: "unavailable",
  CouldNotAutoLoadModule: "unavailable",
  CouldNotAutoloadMatchingModule: "unavailable",
  "Modules_ModuleNotFound": "unavailable",
  NamedParameterNotFound: "invalid",
  MissingMandatoryParameter: "invalid",
  AmbiguousParameterSet: "invalid",
  PositionalParameterNotFound: "invalid",
  ParameterArgumentValidationError: "invalid",
  ParameterArgumentTransformationError: "invalid",
  CannotConvertArgumentNoMessage: "invalid",
  // What a policy forbids: scripts that look dangerous, .NET below Constrained Language Mode.
  ScriptContainedMaliciousContent: "access_denied",
  MethodInvocationNotSupportedInConstrainedLanguage: "access_denied",
  CannotCreateTypeConstrainedLanguage: "access_denied",
  // PowerShell Direct. A broken session is a guest that is not ready, restarts, or refuses the account: nothing tells which.
  InvalidVMIdNotSingle: "not_found",
  InvalidVMNameNotSingle: "not_found",
  InvalidVMState: "wrong_state",
  InvalidCredential: "access_denied",
  PSSessionStateBroken: "unavailable",
  PSSessionOpenFailed: "unavailable",
  HyperVModuleNotAvailable: "unavailable",
};

const BY_CATEGORY: Readonly<Record<string, HostErrorClass>> = {
  ObjectNotFound: "not_found",
  ResourceBusy: "busy",
  ResourceUnavailable: "unavailable",
  ConnectionError: "unavailable",
  OpenError: "unavailable",
  PermissionDenied: "access_denied",
  SecurityError: "access_denied",
  OperationTimeout: "timeout",
  // Under the id OperationFailed: what GPU partitions, nested hypervisors and wrong states are refused with.
  InvalidOperation: "wrong_state",
};

/**
 * Tells the class of an error record. The number decides, from `hresult` or from parentheses in the message (the
 * first that is known: an inner cause stands after what it caused); then the id, then the category.
 */
export function classifyError(error: ErrorRecord): HostErrorClass {
  const inMessage = error.message.match(/(?<=\()0x[0-9a-f]{8}(?=\))/gi) ?? [];
  for (const number of [error.hresult, ...inMessage]) {
    const known = own(BY_HRESULT, number.toLowerCase());
    if (known !== undefined) return known;
  }
  // The guest's keyboard buffer takes no more for now: the one place where "invalid parameter" means that.
  if (error.hresult === "32773" && error.command.startsWith("Msvm_Keyboard.")) return "busy";
  const id = error.fqid.split(",", 1)[0] ?? "";
  // A missing command is ObjectNotFound by category, but says that the module is missing, not the VM.
  return own(BY_WMI, error.hresult) ?? own(BY_ID, id) ?? own(BY_CATEGORY, error.category) ?? "unknown";
}

/** Ids come from outside: `constructor` is none of ours. */
function own(table: Readonly<Record<string, HostErrorClass>>, key: string): HostErrorClass | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
