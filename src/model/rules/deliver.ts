/** Brings a guest its configuration: registers where there is none yet, then the call that delivers it. */
import type { OperationName } from "../calls.ts";
import { type Facts, GITHUB_SILENT, open, retire, runnerNow, type Step, wait } from "./step.ts";

/** Calls that let a job in. */
export type DeliveryCall = Extract<OperationName, "media.put" | "disk.inject" | "guest.deliver">;

/** Whether the configuration of the present registration is at hand: it lives in memory alone. */
export function hasConfiguration({ v, cycle }: Facts): boolean {
  const secret = v.secrets.get(cycle.id);
  return secret !== undefined && secret.use === cycle.runner?.use;
}

/** A restart loses the configuration: before it may have been delivered there is another one, afterwards not. */
export function deliver(facts: Facts, call: DeliveryCall): Step {
  if (hasConfiguration(facts)) return open(call);
  if (facts.cycle.used) return retire("its configuration was lost in a restart");
  return runnerNow(facts).answering ? { step: "register" } : wait(GITHUB_SILENT, { reading: "runners" });
}
