/** Faults on demand: which calls fail, how, how often and for how long. */
import type { HostErrorClass } from "../model/calls.ts";
import type { Ms } from "../model/ids.ts";
import type { Random } from "./random.ts";
import type { SavedStateFault } from "./saved_state.ts";
import type { Timeline } from "./timeline.ts";

/**
 * `error`: no effect, an error is answered · `hang`: no answer, and the effect may land late ·
 * `slow`: effect and answer come late · `lost_answer`: the effect happens, no answer.
 */
export type FaultKind = "error" | "hang" | "slow" | "lost_answer";

/** One fault. */
export interface Fault {
  /**
   * A host call; `runner.register|runner.token|runner.list|runner.remove`; a GitHub route such as `GET /orgs/{org}/installation`
   * (a part in braces stands for any, `{scope}` for `orgs/…` or `repos/…/…`); `host` or `github` for all calls of
   * that side; or `*` for all.
   */
  readonly call: string;
  readonly kind: FaultKind;
  /** For `error`: a class of host errors, or an HTTP status for GitHub. What does not fit the side is `unavailable` or 503. */
  readonly code?: HostErrorClass | number;
  /** Only with `saved_state_corrupt`: the number in the record. @default 0xC0370027 */
  readonly hresult?: SavedStateFault;
  /** 0–1. @default 1 */
  readonly probability?: number;
  /** After so many times it is over. @default unlimited */
  readonly times?: number;
  /** After so long it is over. @default unlimited */
  readonly forMs?: Ms;
  /** Only calls on a VM (or runner, or directory) whose name begins so. */
  readonly vmPrefix?: string;
}

/** What is to go wrong with one call. */
export interface FaultDecision {
  readonly kind: FaultKind;
  readonly code?: HostErrorClass | number;
  readonly hresult?: SavedStateFault;
  /** For `hang`: how late the effect lands, or `undefined` when it never does. For `slow`: how late it is answered. */
  readonly lateMs?: Ms;
}

interface Active {
  readonly fault: Fault;
  readonly until: Ms;
  readonly matches: (names: readonly string[]) => boolean;
  left: number;
}

/** The faults that are on. */
export class Faults {
  readonly #timeline: Timeline;
  readonly #random: Random;
  #active: Active[] = [];

  constructor(options: { timeline: Timeline; random: Random }) {
    this.#timeline = options.timeline;
    this.#random = options.random;
  }

  /** Switches a fault on; answers a function that switches it off. */
  add(fault: Fault): () => void {
    const active = {
      fault,
      until: fault.forMs === undefined ? Infinity : this.#timeline.now + fault.forMs,
      matches: matcher(fault.call),
      left: fault.times ?? Infinity,
    };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((other) => other !== active);
    };
  }

  /** Switches every fault off. */
  clear(): void {
    this.#active = [];
  }

  /** Whether any fault may still strike; cheap. */
  get any(): boolean {
    return this.#active.length > 0;
  }

  /** What strikes this call, if anything. `names` are all names it goes by; `subjects` the VM, runner or folder. */
  decide(names: readonly string[], subjects: readonly string[]): FaultDecision | undefined {
    if (this.#active.length === 0) return undefined;
    const now = this.#timeline.now;
    this.#active = this.#active.filter((active) => active.left > 0 && now < active.until);
    for (const active of this.#active) {
      const { fault } = active;
      if (!active.matches(names)) continue;
      const prefix = fault.vmPrefix;
      if (prefix !== undefined && !subjects.some((subject) => subject.startsWith(prefix))) continue;
      if (!this.#random.chance(fault.probability ?? 1)) continue;
      active.left--;
      return this.#decision(fault);
    }
    return undefined;
  }

  #decision(fault: Fault): FaultDecision {
    const code = {
      ...fault.code === undefined ? {} : { code: fault.code },
      ...fault.hresult === undefined ? {} : { hresult: fault.hresult },
    };
    switch (fault.kind) {
      case "hang":
        return this.#random.chance(0.5)
          ? { kind: "hang", ...code, lateMs: this.#random.between(1_000, 120_000) }
          : { kind: "hang", ...code };
      case "slow":
        return { kind: "slow", ...code, lateMs: this.#random.between(2_000, 15_000) };
      default:
        return { kind: fault.kind, ...code };
    }
  }
}

/** Whether one of a call's names is what a fault asks for. */
function matcher(call: string): (names: readonly string[]) => boolean {
  if (call === "*") return () => true;
  if (!call.includes(" ")) return (names) => names.includes(call);
  const parts = call.split(/(\{[^}]*\})/).map((part) => {
    if (part === "{scope}") return "(?:orgs/[^/]+|repos/[^/]+/[^/]+)";
    return part.startsWith("{") ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  const route = new RegExp(`^${parts.join("")}$`, "i");
  return (names) => names.some((name) => route.test(name));
}
