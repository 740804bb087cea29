/** Reads the values of options; what it throws becomes a message that names the option. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { DURATION_FORM, parseDuration, parseSince } from "./duration.ts";

/** Milliseconds. */
export function durationValue(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(`Expected ${DURATION_FORM}.`);
  return ms;
}

/** ISO 8601 in UTC. */
export function sinceValue(text: string): string {
  const since = parseSince(text, Date.now());
  if (since === undefined) {
    throw new InvalidArgumentError(
      `Expected a time such as 2026-03-01T10:00:00Z, or how long ago: ${DURATION_FORM}.`,
    );
  }
  return since;
}

/** A whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A number above zero. */
export function positiveNumber(text: string): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError("Expected a number above 0, such as 10 or 0.5.");
  return value;
}
