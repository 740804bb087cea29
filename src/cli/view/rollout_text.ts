/** A pool's new generation as people read it. */
import type { RolloutAnswer } from "../../client/mod.ts";
import { formatAge } from "../options/duration.ts";
import { paint, printable, type Style } from "./table.ts";

const PHASE_STYLE: Readonly<Record<RolloutAnswer["rollout"]["phase"], Style>> = {
  canary: "yellow",
  rolling: "cyan",
  reverted: "red",
};

/** `Rollout of ci  canary  from 1a2b3c4d to e5f6a7b8  for 5m  0 jobs, 1 failure  <why>` */
export function rolloutLine(
  { pool, rollout }: RolloutAnswer,
  { colors, now }: { readonly colors: boolean; readonly now: number },
): string {
  const { to, from, phase, paused, failures, served, since, why } = rollout;
  return [
    `Rollout of ${printable(pool)}`,
    paint(phase, PHASE_STYLE[phase], colors) + (paused ? ", paused" : ""),
    `from ${from} to ${to}`,
    `for ${formatAge(now - Date.parse(since))}`,
    `${counted(served, "job")}, ${counted(failures, "failure")}`,
    printable(why),
  ].join("  ");
}

/** What somebody can do now; `undefined` when it goes on by itself. */
export function rolloutAdvice({ pool, rollout }: RolloutAnswer): string | undefined {
  const { phase, paused, to } = rollout;
  const resume = `\`hvpool pool rollout ${printable(pool)} --resume\``;
  if (phase === "reverted") {
    return `When what was wrong is mended, ${resume} tries ${to} again. Or change the configuration back.`;
  }
  return paused ? `${resume} goes on with it.` : undefined;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
