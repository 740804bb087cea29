/** Why a saved state cannot be resumed: the numbers that Hyper-V says so with. */

/** 0xC0370027–29 from the hypervisor's virtual devices, and what an encrypted state of a VM with a TPM gives. */
const REASONS = {
  "0xC0370027": "The virtual machine could not be restored: its saved state is corrupt.",
  "0xC0370028":
    "The virtual machine could not be restored: its saved state has an item that is not recognized.",
  "0xC0370029":
    "Cannot restore this virtual machine to the saved state because of hypervisor incompatibility. Delete the " +
    "saved state data and then try to start the virtual machine.",
  "0xC000A002":
    "The virtual machine could not be restored: the authentication tag of its saved state does not match.",
} as const;

/** One of these numbers. */
export type SavedStateFault = keyof typeof REASONS;

/** All of them. */
export const SAVED_STATE_FAULTS: readonly SavedStateFault[] = [
  "0xC0370027",
  "0xC0370028",
  "0xC0370029",
  "0xC000A002",
];

/** What is said of it at a start; ends with the number in parentheses. */
export function savedStateReason(fault: SavedStateFault): string {
  return `${REASONS[fault]} (${fault})`;
}
