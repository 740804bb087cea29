/** What shows that a template's guest starts, lives, reaches GitHub, and lives on after a saved state. */
import { GUEST_KEYS, parseGuestItems } from "../../../ports/guest.ts";
import { isRoutable } from "../checks/network.ts";
import { type LiveMachine, StepFailed } from "./machine.ts";
import type { LiveStep } from "./steps.ts";
import { until } from "./until.ts";

const ADDRESS_MS = 60_000;
const RESUME_MS = 120_000;
const REACH_MS = 15_000;

const withAddress = ({ plan }: LiveMachine) => plan.template !== undefined && plan.noAddress !== true;
const withGuest = ({ plan }: LiveMachine) => plan.template !== undefined;

/** What a guest says of itself; `undefined` while it is silent. */
async function itemsOf(machine: LiveMachine): Promise<Readonly<Record<string, string>> | undefined> {
  const { vms } = await machine.ask("kvp.read", { vmIds: [machine.id] });
  return vms.find(({ vmId }) => vmId === machine.vmId)?.items;
}

/** Until it waits for its introduction, or, with a loader that we do not know, says anything that counts. */
async function boot(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  await until(async () => {
    const items = await itemsOf(machine);
    if (items === undefined) return undefined;
    if (parseGuestItems(items)?.phase === "waiting") return true;
    return /^\d+$/.test(items[GUEST_KEYS.beat] ?? "") ? true : undefined;
  }, {
    limitMs: machine.plan.bootMs,
    what: "a word of hvpool's loader in the guest. Without a loader in the image this cannot be told",
    signal,
  });
}

async function address(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  await until(async () => {
    const { addresses } = await machine.ask("vm.inspect", { vmId: machine.id });
    return addresses.some(isRoutable) ? true : undefined;
  }, { limitMs: ADDRESS_MS, what: "an address. Look at the DHCP server of its switch", signal });
}

/** Asks each address from inside, with the program that Windows has for it. */
async function reach(machine: LiveMachine): Promise<void> {
  const { account, targets } = machine.plan;
  if (account === undefined) return;
  const missed: string[] = [];
  for (const { url } of targets) {
    const { exitCode } = await machine.ask("guest.exec", {
      vmId: machine.id,
      ...account,
      program: "curl.exe",
      arguments: ["--silent", "--output", "NUL", "--head", "--max-time", "10", url],
      timeoutMs: REACH_MS,
      maxOutput: 0,
    });
    if (exitCode !== 0) missed.push(`${new URL(url).host} (curl ${exitCode ?? "was ended"})`);
  }
  if (missed.length > 0) throw new StepFailed(`the guest does not reach ${missed.join(", ")}`);
}

async function beatOf(machine: LiveMachine): Promise<string | undefined> {
  return (await itemsOf(machine))?.[GUEST_KEYS.beat];
}

/** Until its beat has moved from where it was saved. */
async function goesOn(machine: LiveMachine, signal: AbortSignal): Promise<void> {
  await until(async () => {
    const beat = await beatOf(machine);
    return beat !== undefined && beat !== machine.beatBefore ? true : undefined;
  }, { limitMs: RESUME_MS, what: "a beat of the guest after it was resumed", signal });
}

/** By the place that they have among the others. */
export const GUEST_STEPS = {
  boot: [
    { name: "guest: boot", when: withGuest, run: boot },
    { name: "guest: address", essential: false, when: withAddress, run: address },
    {
      name: "guest: outbound",
      essential: false,
      when: (machine) =>
        withAddress(machine) && machine.plan.account !== undefined && machine.plan.targets.length > 0,
      run: reach,
    },
  ],
  beforeSave: [
    {
      name: "guest: beat",
      essential: false,
      when: withGuest,
      run: async (machine) => {
        machine.beatBefore = await beatOf(machine);
      },
    },
  ],
  resumed: [{ name: "guest: goes on", essential: false, when: withGuest, run: goesOn }],
} as const satisfies Record<string, readonly LiveStep[]>;
