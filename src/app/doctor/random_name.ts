/** Names of what the doctor makes on a host for a moment. */

/** What they begin with: nothing of a pool does. */
export const DOCTOR_PREFIX = "hvpool-doctor-";

/** Whether a name is one that {@linkcode randomName} gives. */
export function isDoctorName(name: string): boolean {
  return /^hvpool-doctor-[0-9a-f]{8}$/.test(name);
}

/** `hvpool-doctor-` and eight hexadecimal digits. */
export function randomName(): string {
  const digits = Array.from(
    crypto.getRandomValues(new Uint8Array(4)),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return `${DOCTOR_PREFIX}${digits.join("")}`;
}
