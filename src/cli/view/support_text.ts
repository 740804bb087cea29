/** A support bundle as people read it. */
import { byteSize } from "../options/size.ts";
import { type Column, paint, printable, table } from "./table.ts";

/** A bundle that was written; also what `--json` prints. */
export interface SupportBundle {
  readonly file: string;
  /** Of the archive. */
  readonly bytes: number;
  /** Their lengths unpacked. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly missing: readonly { readonly name: string; readonly why: string }[];
}

const COLUMNS: readonly Column[] = [{ title: "SIZE", align: "right" }, { title: "FILE" }];

/** What is in it, what is not, and where it lies. */
export function supportLines(
  { file, bytes, files, missing }: SupportBundle,
  { colors, columns }: { readonly colors: boolean; readonly columns: number },
): string[] {
  return [
    ...table(COLUMNS, files.map((one) => [byteSize(one.bytes), one.name]), { colors, width: columns }),
    ...missing.map(({ name, why }) =>
      `${paint("not in it", "yellow", colors)}  ${printable(`${name}: ${why}`)}`
    ),
    `${file} (${byteSize(bytes)})`,
  ];
}
