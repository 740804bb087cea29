/** Places that templates are exported to and imported from: a folder or share of the host, or a web address. */
import { checkHostPath } from "./disk_check.ts";
import type { TemplateContext } from "./context.ts";
import { HostPlace } from "./host_place.ts";
import { Refused } from "./refused.ts";
import { WebPlace } from "./web_place.ts";
import { WebSite } from "./web_site.ts";

/** What a part turned out to be. */
export interface Moved {
  readonly bytes: number;
  /** Of the bytes that were moved. */
  readonly sha256: string;
}

/** How a part is followed. */
export interface Moving {
  /** Hears of bytes of this part; begins anew when it is moved anew. */
  readonly moved: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Files with given names at one place. Every method throws Refused when it does not succeed. */
export interface Place {
  /** For people and the journal: nothing in it is secret. */
  readonly origin: string;
  /** What moving a part is called. */
  readonly steps: { readonly send: string; readonly fetch: string };
  /** Bytes of a part, unless somebody wants others. */
  readonly partBytes: number;
  /** A small file; `undefined`: there is none. */
  read(file: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Writes a small file as a whole. */
  write(file: string, text: string, signal?: AbortSignal): Promise<void>;
  /** Takes a small file away. */
  remove(file: string, signal?: AbortSignal): Promise<void>;
  /** Length of a file; `undefined`: there is none, or that is not told. */
  sizeOf(file: string, signal?: AbortSignal): Promise<number | undefined>;
  /** Sends a piece of the host's disk into a file of its own. */
  send(file: string, piece: { path: string; offset: number; bytes: number }, moving: Moving): Promise<Moved>;
  /** Fetches a whole file to a place in a file of the host, which ends after it. */
  fetch(
    part: { file: string; bytes: number },
    target: { path: string; offset: number },
    moving: Moving,
  ): Promise<Moved>;
}

/** The longest address that is used. */
const ADDRESS_AT_MOST = 4_096;

/**
 * Finds out what a place is.
 * @throws Refused `invalid` when it is none.
 */
export function placeOf(
  context: TemplateContext,
  { place, headers = {} }: { place: string; headers?: Readonly<Record<string, string>> },
): Place {
  if (!/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(place)) {
    return new HostPlace(context, checkHostPath(place, "The place").replace(/(?<!^[A-Za-z]:)\\+$/, ""));
  }
  return new WebPlace(context, new WebSite(context, webAddress(place), headers));
}

/** An address without what must not be in it. Nothing of it is told: its query may be secret. */
function webAddress(text: string): URL {
  if (text.length > ADDRESS_AT_MOST || !URL.canParse(text)) {
    throw new Refused(
      "invalid",
      "The place is no web address that can be used. Write it as https://server/folder.",
    );
  }
  const url = new URL(text);
  const { protocol, hostname } = url;
  const isHere = hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isHere)) {
    throw new Refused("invalid", `Templates travel over https:// only (${protocol}//${url.host} is not).`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new Refused(
      "invalid",
      "The web address holds a user or a password. Give them as a header: Authorization.",
    );
  }
  url.hash = "";
  return url;
}
