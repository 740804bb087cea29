/** Keys of a US keyboard: virtual-key codes of Windows, scan codes of set 1, and what they write. */

/** Virtual-key codes that do something here. */
export const VK = {
  backspace: 8,
  tab: 9,
  enter: 13,
  shift: 16,
  ctrl: 17,
  alt: 18,
  escape: 27,
  delete: 46,
} as const;

/** Keys that write: virtual-key code, scan code, without and with Shift. */
const WRITING: readonly (readonly [code: number, scan: number, plain: string, shifted: string])[] = [
  [49, 0x02, "1", "!"],
  [50, 0x03, "2", "@"],
  [51, 0x04, "3", "#"],
  [52, 0x05, "4", "$"],
  [53, 0x06, "5", "%"],
  [54, 0x07, "6", "^"],
  [55, 0x08, "7", "&"],
  [56, 0x09, "8", "*"],
  [57, 0x0a, "9", "("],
  [48, 0x0b, "0", ")"],
  [189, 0x0c, "-", "_"],
  [187, 0x0d, "=", "+"],
  ...letters("qwertyuiop", 0x10),
  [219, 0x1a, "[", "{"],
  [221, 0x1b, "]", "}"],
  ...letters("asdfghjkl", 0x1e),
  [186, 0x27, ";", ":"],
  [222, 0x28, "'", '"'],
  [192, 0x29, "`", "~"],
  [220, 0x2b, "\\", "|"],
  ...letters("zxcvbnm", 0x2c),
  [188, 0x33, ",", "<"],
  [190, 0x34, ".", ">"],
  [191, 0x35, "/", "?"],
  [32, 0x39, " ", " "],
];

function letters(row: string, first: number): [number, number, string, string][] {
  return Array.from(row, (letter, n) => {
    const capital = letter.toUpperCase();
    return [capital.charCodeAt(0), first + n, letter, capital];
  });
}

const OTHER_SCANS: readonly (readonly [scan: number, code: number])[] = [
  [0x01, VK.escape],
  [0x0e, VK.backspace],
  [0x0f, VK.tab],
  [0x1c, VK.enter],
  [0x1d, VK.ctrl],
  [0x2a, VK.shift],
  [0x36, VK.shift],
  [0x38, VK.alt],
  [0x53, VK.delete],
];

const TEXT = new Map(WRITING.map(([code, , plain, shifted]) => [code, { plain, shifted }]));
const BY_SCAN = new Map<number, number>([
  ...WRITING.map(([code, scan]) => [scan, code] as const),
  ...OTHER_SCANS,
]);

/** What a key writes, or nothing. */
export function textOfKey(code: number, shift: boolean): string {
  const key = TEXT.get(code);
  return (shift ? key?.shifted : key?.plain) ?? "";
}

/** The virtual-key code of a scan code without its break bit; an unknown one is no key. */
export function keyOfScan(scan: number): number | undefined {
  return BY_SCAN.get(scan & 0x7f);
}
