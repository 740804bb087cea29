/** Reads the values of options about leases. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { durationValue } from "../../options/values.ts";

const DAY_SECONDS = 86_400;

/** Whole seconds of a length that a lease can have; what its pool allows may be less. */
export function lengthValue(text: string): number {
  return secondsValue(text, 1);
}

/** Whole seconds that a lease may wait for a machine. */
export function waitValue(text: string): number {
  return secondsValue(text, 0);
}

function secondsValue(text: string, min: number): number {
  const seconds = Math.ceil(durationValue(text) / 1000);
  if (seconds < min || seconds > DAY_SECONDS) throw new InvalidArgumentError(`Expected ${min}s to 1d.`);
  return seconds;
}

/** A whole number from -100 to 100. */
export function priorityValue(text: string): number {
  const priority = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(Math.abs(priority) <= 100)) {
    throw new InvalidArgumentError("Expected a whole number from -100 to 100.");
  }
  return priority;
}

/** Collects `name=value` of an option that may be given again and again. */
export function labelValue(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected name=value.");
  return { ...before, [name]: value };
}

/** `--release reset|destroy` */
export function releaseOption(
  description: string,
): Option<"--release <what>", undefined, undefined, undefined, false, "reset" | "destroy"> {
  return new Option("--release <what>", description).choices(["reset", "destroy"] as const);
}
