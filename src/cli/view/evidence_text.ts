/** Evidence of machines that failed, as people read it. */
import type { EvidenceAnswer } from "../../client/mod.ts";
import { formatLocalTime } from "../options/duration.ts";
import { byteSize } from "../options/size.ts";
import { paint, printable } from "./table.ts";
import type { View } from "./view.ts";

/** One item of evidence. */
export type EvidenceItemAnswer = EvidenceAnswer["evidence"][number];

/** A line that says what happened, and one for each file. */
export function evidenceLines(items: readonly EvidenceItemAnswer[], { colors }: View): string[] {
  return items.flatMap(({ cycle, vm, cause, message, at, files, omitted }) => [
    printable(`${formatLocalTime(Date.parse(at))}  ${cycle} (${vm})  `) +
    paint(printable(cause), "red", colors),
    ...(message === "" ? [] : [`  ${printable(message)}`]),
    ...files.map(({ name, bytes }) => `  ${printable(name).padEnd(12)}  ${byteSize(bytes)}`),
    ...omitted.map((one) => `  too large to be kept: ${printable(one)}`),
  ]);
}
