/** What guests may not get from outside: an address, an answer to it, the host's time. */
import type { Ms } from "../model/ids.ts";
import type { Timeline } from "./timeline.ts";

/**
 * `no_address`: it is given none · `old_address`: after its network was renewed, its integration service goes on with the
 * old one for `lateMs` · `old_loader`: its loader says neither address nor time · `no_answer`: nothing in it takes a
 * connection · `old_time`: after a resume its clock goes on from when it was saved.
 */
export const NETWORK_TROUBLES = ["no_address", "old_address", "old_loader", "no_answer", "old_time"] as const;
/** One of them. */
export type NetworkTroubleKind = typeof NETWORK_TROUBLES[number];

/** A trouble. */
export interface NetworkTrouble {
  readonly what: NetworkTroubleKind;
  /** Only of VMs whose name begins so. */
  readonly vmPrefix?: string;
  /** It is over after so long. @default never */
  readonly forMs?: Ms;
  /** How long the old address is reported. @default 30000 */
  readonly lateMs?: Ms;
}

const LATE_MS: Ms = 30_000;

/** The troubles that there are. */
export class NetworkTroubles {
  readonly #timeline: Timeline;
  #active: { readonly trouble: NetworkTrouble; readonly until: Ms }[] = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Adds one; the function that is answered takes it away. */
  add(trouble: NetworkTrouble): () => void {
    const active = { trouble, until: this.#timeline.now + (trouble.forMs ?? Infinity) };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((one) => one !== active);
    };
  }

  /** Ends them all. */
  clear(): void {
    this.#active = [];
  }

  /** Whether a VM of this name has such a trouble now. */
  has(what: NetworkTroubleKind, name: string): boolean {
    return this.#find(what, name) !== undefined;
  }

  /** For how long the old address of a VM is reported, where that is longer than usual. */
  lateMs(name: string): Ms | undefined {
    const trouble = this.#find("old_address", name);
    return trouble === undefined ? undefined : trouble.lateMs ?? LATE_MS;
  }

  #find(what: NetworkTroubleKind, name: string): NetworkTrouble | undefined {
    if (this.#active.length === 0) return undefined;
    const { now } = this.#timeline;
    return this.#active.find(({ trouble, until }) =>
      trouble.what === what && now < until && name.startsWith(trouble.vmPrefix ?? "")
    )?.trouble;
  }
}
