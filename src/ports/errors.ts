/**
 * Classes of host errors, told from error records by id, category and number, never by words: Hyper-V's
 * messages are localized.
 */
import type { HostErrorClass } from "../model/calls.ts";
import type { ErrorRecord } from "./host.ts";

/** `0x…` numbers that say everything by themselves. Sources: winerror.h; the Hyper-V fact sheet. */
const BY_HRESULT: Readonly<Record<string, HostErrorClass>> = {
  "0x8007000e": "out_of_memory",
  "0x80070005": "access_denied",
  "0x80070020": "busy",
  "0x80070021": "busy",
  "0x800704c8": "busy",
  "0x80070070": "no_space",
  "0x80070027": "no_space",
  "0x80070002": "not_found",
  "0x80070003": "not_found",
  "0x80070050": "invalid",
  "0x800705aa": "unavailable",
  "0x800706ba": "unavailable",
  "0xc0370027": "saved_state_corrupt",
  "0xc0370028": "saved_state_corrupt",
  "0xc0370029": "saved_state_corrupt",
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

/** First part of the fully qualified error id. */
const BY_ID: Readonly<Record<string, HostErrorClass>> = {
  ObjectNotFound: "not_found",
  OutOfMemory: "out_of_memory",
  InvalidState: "wrong_state",
  ObjectInUse: "busy",
  AccessDenied: "access_denied",
  CommandNotFoundException: "unavailable",
  NamedParameterNotFound: "invalid",
  InvalidParameter: "invalid",
};

const BY_CATEGORY: Readonly<Record<string, HostErrorClass>> = {
  ObjectNotFound: "not_found",
  ResourceBusy: "busy",
  ResourceUnavailable: "unavailable",
  ConnectionError: "unavailable",
  PermissionDenied: "access_denied",
  OperationTimeout: "timeout",
};

/** WMI job codes that Hyper-V gives for a wrong state, in the text's parentheses or as the number itself. */
const WRONG_STATE = new Set(["32775", "0x8007", "0x80048054"]);

/** Tells the class of an error record. A number in parentheses in the message counts where `hresult` is empty. */
export function classifyError(error: ErrorRecord): HostErrorClass {
  const inMessage = /\((0x[0-9a-f]{8})\)/i.exec(error.message)?.[1];
  for (const number of [error.hresult, inMessage]) {
    const known = number === undefined ? undefined : BY_HRESULT[number.toLowerCase()];
    if (known !== undefined) return known;
  }
  if (WRONG_STATE.has(error.hresult.toLowerCase())) return "wrong_state";
  const id = error.fqid.split(",", 1)[0] ?? "";
  // A missing command is ObjectNotFound by category, but says that the module is missing, not the VM.
  return BY_ID[id] ?? BY_CATEGORY[error.category] ?? "unknown";
}
