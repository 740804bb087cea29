/** Reads the values of options about leases. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { ReleaseLeaseRequest } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import { durationValue } from "../../options/values.ts";

const DAY_SECONDS = 86_400;
const MAX_KEEP_DAYS = 7;

/** Whole seconds of a length that a lease can have; what its pool allows may be less. */
export function lengthValue(text: string): number {
  return secondsValue(text, 1);
}

/** Whole seconds that a lease may wait for a machine. */
export function waitValue(text: string): number {
  return secondsValue(text, 0);
}

/** Whole seconds that a machine may wait for its holder's next lease; what its pool allows may be less. */
export function keepValue(text: string): number {
  return secondsValue(text, 1, MAX_KEEP_DAYS);
}

function secondsValue(text: string, min: number, maxDays = 1): number {
  const seconds = Math.ceil(durationValue(text) / 1000);
  if (seconds < min || seconds > maxDays * DAY_SECONDS) {
    throw new InvalidArgumentError(`Expected ${min}s to ${maxDays}d.`);
  }
  return seconds;
}

/** The name of a checkpoint, as the API takes it. */
export function checkpointValue(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError(
    "Expected 1 to 40 letters, digits, dots, dashes and underscores, a letter or digit first.",
  );
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

/** What `--release` takes. */
export type ReleaseWord = NonNullable<ReleaseLeaseRequest["release"]>;

/** `--release reset|destroy|save|keep` */
export function releaseOption(
  description: string,
): Option<"--release <what>", undefined, undefined, undefined, false, ReleaseWord> {
  return new Option("--release <what>", description).choices(["reset", "destroy", "save", "keep"] as const);
}

/** `--keep 2h` */
export function keepOption(): Option<"--keep <duration>", undefined, undefined, undefined, false, number> {
  return new Option(
    "--keep <duration>",
    "how long the machine waits for its holder's next lease after save and keep",
  ).argParser(keepValue);
}

/** A machine that is given away waits for nobody: a length for that is a mistake in one of the two options. */
export function refuseKeepWith(release: ReleaseWord | undefined, keep: number | undefined): void {
  if (keep === undefined || release === undefined || release === "save" || release === "keep") return;
  throw new CliError(`--keep goes with --release save or keep, not with --release ${release}.`, EXIT.usage);
}
