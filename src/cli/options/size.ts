/** Sizes as people type and read them. As everywhere with Hyper-V, GB and GiB are both 1024³ bytes. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { MAX_MEMORY_MB, MIN_MEMORY_MB } from "../../config/schema.ts";

const MB_IN: Readonly<Record<string, number>> = { m: 1, g: 1024, t: 1_048_576 };
const MIB = 1_048_576;

/** Megabytes of `8192`, `8192MB`, `8GB`, `8GiB`, `1.5g`; `undefined` when it is none of these. */
export function parseMegabytes(text: string): number | undefined {
  const [, number, unit = "m"] = /^(\d{1,9}(?:\.\d{1,3})?) ?(?:([mgt])(?:i?b)?)?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const megabytes = Number(number) * (MB_IN[unit.toLowerCase()] ?? 1);
  return Number.isInteger(megabytes) ? megabytes : undefined;
}

/** Memory of a machine in MB. */
export function memoryValue(text: string): number {
  const megabytes = parseMegabytes(text);
  if (megabytes === undefined) {
    throw new InvalidArgumentError(
      "Expected megabytes, or a size with its unit such as 8192MB, 8GB or 8GiB.",
    );
  }
  if (megabytes < MIN_MEMORY_MB || megabytes > MAX_MEMORY_MB) {
    throw new InvalidArgumentError(
      `Expected ${MIN_MEMORY_MB}MB to ${formatMegabytes(MAX_MEMORY_MB)}. A number alone counts megabytes.`,
    );
  }
  if (megabytes % 2 !== 0) {
    throw new InvalidArgumentError(`Expected a multiple of 2 MB, such as ${megabytes + 1}MB.`);
  }
  return megabytes;
}

/** `8 GiB`, `4098 MiB`. */
export function formatMegabytes(megabytes: number): string {
  return megabytes % 1024 === 0 ? `${megabytes / 1024} GiB` : `${megabytes} MiB`;
}

/** Whole MiB of bytes: `430`. */
export function inMebibytes(bytes: number): string {
  return String(Math.floor(bytes / MIB));
}

/** Bytes as people read them: `812 B`, `4.2 KiB`, `1.1 GiB`. */
export function byteSize(bytes: number): string {
  const units = ["KiB", "MiB", "GiB"];
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1023.95 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(1)} ${units[unit]}`;
}
