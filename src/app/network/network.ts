/** `hvpool network`: an internal switch with NAT, for hosts without a Default Switch. Answers the exit code. */
import type { NetworkOptions } from "../../cli/programs.ts";
import {
  configurationLines,
  EXAMPLE_DNS,
  networkLines,
  partsText,
  removedText,
} from "../../cli/view/network_text.ts";
import { gatewayOf } from "../../model/network.ts";
import type { HostPort, HostResult } from "../../ports/host.ts";
import { openHost } from "./open_host.ts";
import { planCreate, planRemove, type SwitchInfo, type Wanted } from "./plan.ts";

const OK = 0;
const FAILED = 1;
const BAD_USE = 2;
const TIMED_OUT = 124;

/** The network that is made where none is named: none that home routers give, nor the Default Switch. */
export const DEFAULT_SUBNET = "192.168.240.0/24";

/** Runs it. */
export async function runNetwork(options: NetworkOptions): Promise<number> {
  const { output, name } = options;
  const opened = await openHost(options);
  if ("problems" in opened) {
    for (const problem of opened.problems) output.err(problem);
    return opened.code;
  }
  try {
    const { host } = opened;
    const info = await host.call("switch.info", { name });
    if (info.outcome !== "ok") return failed(options, `Cannot look at the switch ${name}`, info);
    switch (options.action) {
      case "show":
        return show(options, info.value);
      case "create":
        return await create(options, host, info.value);
      case "remove":
        return await remove(options, host, info.value);
      default:
        return options.action satisfies never;
    }
  } finally {
    await opened.close();
  }
}

function show({ name, json, output }: NetworkOptions, info: SwitchInfo): number {
  if (json) output.out(JSON.stringify({ name, ...info }));
  else for (const line of networkLines(info, name)) output.out(line);
  return OK;
}

async function create(options: NetworkOptions, host: HostPort, info: SwitchInfo): Promise<number> {
  const { name, subnet = DEFAULT_SUBNET, json, output } = options;
  const wanted: Wanted = { name, subnet };
  const plan = planCreate(info, wanted);
  if ("refusal" in plan) return refused(options, plan.refusal);
  const gateway = gatewayOf(subnet) ?? "";
  const { missing, args } = plan;
  const parts = partsText(missing, { ...wanted, gateway });
  if (missing.length > 0) {
    const no = agree(options, `Make ${parts}?`);
    if (no !== undefined) return no;
    const answer = await host.call("switch.create", args);
    if (answer.outcome !== "ok") return failed(options, `Cannot make ${parts}`, answer);
  }
  if (json) {
    const network = { subnet, addresses: "static", dns: [EXAMPLE_DNS] };
    const configuration = { hyperv: { switch: name }, network };
    output.out(JSON.stringify({ name, subnet, gateway, made: missing, configuration }));
    return OK;
  }
  output.out(
    missing.length === 0 ? `The switch ${name} is there already, as it should be.` : `Made ${parts}.`,
  );
  for (const line of configurationLines(wanted)) output.out(line);
  return OK;
}

async function remove(options: NetworkOptions, host: HostPort, info: SwitchInfo): Promise<number> {
  const { name, json, output } = options;
  const plan = planRemove(info, name);
  if ("refusal" in plan) return refused(options, plan.refusal);
  const { there } = plan;
  if (there.length > 0) {
    const no = agree(options, `Remove ${removedText(there, name)}?`);
    if (no !== undefined) return no;
    const nat = there.includes("nat") ? { nat: name } : {};
    const answer = await host.call("switch.remove", { name, ...nat });
    if (answer.outcome !== "ok") return failed(options, `Cannot remove ${removedText(there, name)}`, answer);
  }
  if (json) output.out(JSON.stringify({ name, removed: there }));
  else {output.out(
      there.length === 0 ? `There is no switch ${name}.` : `Removed ${removedText(there, name)}.`,
    );}
  return OK;
}

/** Asks unless it need not; an exit code when the answer is no. */
function agree({ yes, ask, output }: NetworkOptions, question: string): number | undefined {
  if (yes) return undefined;
  if (ask === undefined) {
    output.err(`error: ${question} There is no terminal to ask on: add --yes.`);
    return BAD_USE;
  }
  if (ask(question)) return undefined;
  output.err("Nothing was changed.");
  return FAILED;
}

function refused({ output }: NetworkOptions, why: string): number {
  output.err(`error: ${why}`);
  return FAILED;
}

function failed(
  { output }: NetworkOptions,
  what: string,
  answer: Exclude<HostResult<unknown>, { outcome: "ok" }>,
): number {
  if (answer.outcome === "unknown") {
    output.err(`error: ${what}: ${answer.message} Look with hvpool network show, and try again.`);
    return TIMED_OUT;
  }
  const remedy = answer.code === "access_denied"
    ? " Switches with NAT are an administrator's: run it elevated; Hyper-V Administrators is not enough."
    : "";
  output.err(`error: ${what}: ${answer.message}${remedy}`);
  return FAILED;
}
