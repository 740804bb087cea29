/** Names of what the doctor makes on a host for a moment. */

/** What they begin with: nothing of a pool does. */
export const DOCTOR_PREFIX = "hvpool-doctor-";

/** `hvpool-doctor-` and eight hexadecimal digits. */
export function randomName(): string {
  const digits = Array.from(
    crypto.getRandomValues(new Uint8Array(4)),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return `${DOCTOR_PREFIX}${digits.join("")}`;
}
