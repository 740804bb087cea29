/** Calls to the host on the way of a long request: what passes by itself is waited for. */
import type { HostErrorClass } from "../../model/calls.ts";
import type { Ms } from "../../model/ids.ts";
import {
  HOST_CALLS,
  type HostArgs,
  type HostCall,
  type HostResult,
  type HostValue,
} from "../../ports/host.ts";
import type { TemplateContext } from "./context.ts";
import { pause } from "./pause.ts";
import { Refused, stopIfGivenUp } from "./refused.ts";

/** Before the second and the third try. */
const WAITS_MS: readonly Ms[] = [1_000, 4_000];
/** A virus scanner, a share that is away for a moment, a worker that was ended. */
const PASSING: ReadonlySet<HostErrorClass> = new Set(["busy", "unavailable", "timeout"]);

const REMEDIES: Partial<Record<HostErrorClass, string>> = {
  "no_space": "Free space on that volume and ask again: it goes on where it stopped.",
  "access_denied": "Give the account that hvpool works with on the host the rights to do so.",
  busy: "End what has the file open, and ask again.",
  unavailable: "See whether the host or the share can be reached, and ask again.",
};

/** The answer of a call, after up to three tries. */
export async function askHost<C extends HostCall>(
  { host, clock }: Pick<TemplateContext, "host" | "clock">,
  call: C,
  args: HostArgs<C>,
  signal?: AbortSignal,
): Promise<HostResult<HostValue<C>>> {
  for (let tried = 0;; tried++) {
    stopIfGivenUp(signal);
    const answer = await host.call(call, args);
    const waitMs = WAITS_MS[tried];
    const passes = answer.outcome === "unknown"
      ? HOST_CALLS[call].unknown === "repeat"
      : answer.outcome === "failed" && PASSING.has(answer.code);
    if (!passes || waitMs === undefined) return answer;
    await pause(clock, waitMs, signal);
  }
}

/**
 * The value of a call.
 * @param tried what is attempted, for people: `Cannot copy C:\a.vhdx`.
 * @throws Refused when the host does not do it.
 */
export async function needHost<C extends HostCall>(
  context: Pick<TemplateContext, "host" | "clock">,
  call: C,
  args: HostArgs<C>,
  { tried, signal }: { tried: string; signal?: AbortSignal | undefined },
): Promise<HostValue<C>> {
  return valueOf(await askHost(context, call, args, signal), tried);
}

/** The value of an answer, or why there is none. */
export function valueOf<V>(answer: HostResult<V>, tried: string): V {
  if (answer.outcome === "ok") return answer.value;
  const remedy = answer.outcome === "failed" ? REMEDIES[answer.code] : REMEDIES.unavailable;
  const code = answer.outcome === "failed" && answer.code === "invalid" ? "invalid" : "failed";
  throw new Refused(code, `${tried}: ${answer.message}${remedy === undefined ? "" : ` ${remedy}`}`);
}

/** Bytes of a file on the host; `undefined`: there is none. */
export async function sizeOf(
  context: Pick<TemplateContext, "host" | "clock">,
  path: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const answer = await askHost(context, "file.read", { path, offset: 0, maxBytes: 0 }, signal);
  if (answer.outcome === "failed" && answer.code === "not_found") return undefined;
  return valueOf(answer, `Cannot read ${path}`).size;
}

/** Gives a file that was copied completely its name. An answer that was lost may have done so before. */
export async function giveName(
  context: Pick<TemplateContext, "host" | "clock">,
  path: string,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await askHost(context, "file.rename", { path, target }, signal);
  const missing = answer.outcome === "failed" && answer.code === "not_found";
  if (missing && await sizeOf(context, target, signal) !== undefined) return;
  valueOf(answer, `Cannot rename ${path} to ${target}`);
}
