/** IPv4 addresses and networks as numbers and as text. */

/** A network such as `192.168.240.0/24`. */
export interface Subnet {
  /** Its first address, the one that names it, as a number. */
  readonly base: number;
  /** How many bits are the network's. */
  readonly prefixLength: number;
}

/** An address as a number; `undefined` when the text is none. Leading zeros are refused: some read them as octal. */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (const part of match.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** An address as people write it. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");
}

/**
 * A network as it is written, or `undefined` when the text is none. An address inside of it is taken for the network
 * that it is in: compare {@linkcode formatSubnet} with the text where that matters.
 */
export function parseSubnet(text: string): Subnet | undefined {
  const [, before = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseAddress(before);
  const prefixLength = Number(bits);
  if (address === undefined || bits === "" || prefixLength > 32) return undefined;
  return { base: address - address % sizeOf({ prefixLength }), prefixLength };
}

/** A network as it is written. */
export function formatSubnet({ base, prefixLength }: Subnet): string {
  return `${formatAddress(base)}/${prefixLength}`;
}

/** How many addresses a network has, those that name it and reach all of it among them. */
export function sizeOf({ prefixLength }: Pick<Subnet, "prefixLength">): number {
  return 2 ** (32 - prefixLength);
}

/** Whether two networks have an address in common. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);
}

/** Whether an address is in a network. */
export function isWithin(address: number, { base, prefixLength }: Subnet): boolean {
  return address >= base && address < base + sizeOf({ prefixLength });
}
