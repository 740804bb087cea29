/** A simulated host with everything around it, for tests. */
import assert from "node:assert/strict";
import { vmNotes } from "../../model/ids.ts";
import type { ControllerId, CycleId, ScopeKey } from "../../model/ids.ts";
import type { Answer } from "../../ports/engine.ts";
import { classifyError } from "../../ports/errors.ts";
import { CONFIG_DRIVE_FILE, type Introduction, parseGuestItems } from "../../ports/guest.ts";
import type { HostArgs, HostCall, HostValue } from "../../ports/host.ts";
import { HOST_CALLS } from "../../ports/host.ts";
import { Faults } from "../faults.ts";
import { type ForgeOptions, SimulatedForge } from "../forge.ts";
import { SimulatedHost } from "../host.ts";
import { type HostOptions, TEMPLATE_PATH } from "../host_options.ts";
import { OperationLog } from "../operation_log.ts";
import { Random } from "../random.ts";
import { Timeline } from "../timeline.ts";

/** Where runners are registered. */
export const SCOPE = "orgs/acme" as ScopeKey;
/** Where the first machine lies. */
export const DIRECTORY = "C:\\hvpool\\store\\0123\\small-1.1";

/** A host, a forge and a clock that the test turns by hand. */
export class Bench {
  readonly timeline = new Timeline(1_000_000);
  readonly random = new Random(42);
  readonly faults = new Faults({ timeline: this.timeline, random: this.random });
  readonly log = new OperationLog();
  readonly forge: SimulatedForge;
  readonly host: SimulatedHost;

  constructor(options: Partial<HostOptions> = {}, forge: Partial<ForgeOptions> = {}) {
    const { timeline, random, faults, log } = this;
    this.forge = new SimulatedForge({ timeline, random, ...forge });
    this.host = new SimulatedHost({ timeline, random, faults, log, forge: this.forge, ...options });
  }

  /** Sends a call without waiting for its answer. */
  send<C extends HostCall>(call: C, args: HostArgs<C>): { answer: Answer | undefined } {
    const box: { answer: Answer | undefined } = { answer: undefined };
    this.host.handle(call, args, (answer) => box.answer = answer);
    return box;
  }

  /** Makes a call and turns the clock until it is answered, at most 30 s. */
  call<C extends HostCall>(call: C, args: HostArgs<C>): Answer {
    const box = this.send(call, args);
    const until = this.timeline.now + 30_000;
    while (box.answer === undefined && this.timeline.now < until) {
      this.timeline.advance(this.timeline.now + 10);
    }
    assert.ok(box.answer !== undefined, `${call} was not answered`);
    return box.answer;
  }

  /** Makes a call that must succeed; the value in the shape of the call list. */
  ok<C extends HostCall>(call: C, args: HostArgs<C>): HostValue<C> {
    const answer = this.call(call, args);
    assert.ok(answer.ok, `${call}: ${answer.ok ? "" : answer.error.message}`);
    return HOST_CALLS[call].result.parse(answer.value) as HostValue<C>;
  }

  /** Makes a call that must fail; the class of its error. */
  fails<C extends HostCall>(call: C, args: HostArgs<C>): string {
    const answer = this.call(call, args);
    assert.ok(!answer.ok, `${call} succeeded`);
    return classifyError(answer.error);
  }

  /** Lets time go by. */
  later(ms: number): void {
    this.timeline.advance(this.timeline.now + ms);
  }

  /** A VM with a disk on a template, off. */
  make(overrides: Partial<HostArgs<"vm.create">> = {}, parent = TEMPLATE_PATH): string {
    const directory = overrides.directory ?? DIRECTORY;
    const disk = `${directory}\\disk.vhdx`;
    this.ok("disk.createChild", { path: disk, parent });
    return this.ok("vm.create", {
      name: "runner-1",
      notes: vmNotes("0123" as ControllerId, "small/1.1" as CycleId),
      directory,
      disk,
      memoryMb: 4_096,
      processors: 2,
      switchName: "",
      secureBoot: "MicrosoftWindows",
      tpm: false,
      nested: false,
      stopAction: "TurnOff",
      ...overrides,
    }).vmId;
  }

  /** What a guest says of itself. */
  report(vmId: string): ReturnType<typeof parseGuestItems> {
    const items = this.ok("kvp.read", { vmIds: [vmId] }).vms[0]?.items;
    return items === undefined ? undefined : parseGuestItems(items);
  }

  /** Registers a runner; the configuration that a guest is given of it, and its number. */
  introduction(name: string, use = 1, more: Partial<Introduction> = {}): { text: string; id: number } {
    const made = this.forge.register({
      scope: SCOPE,
      name,
      groupId: 1,
      labels: ["Windows"],
      workFolder: "_work",
    });
    assert.ok("runner" in made);
    const { id, jitConfig } = made.runner;
    const text = JSON.stringify({
      protocol: 1,
      cycle: "small/1.1",
      use,
      now: "",
      jitConfig,
      env: {},
      ...more,
    });
    return { text, id };
  }

  /** Registers a runner and puts its introduction into the VM's drive. */
  introduce(vmId: string, use = 1, more: Partial<Introduction> = {}): number {
    const { text, id } = this.introduction(`r-${vmId.slice(0, 8)}-${use}`, use, more);
    const directory = this.host.find(vmId)?.directory ?? DIRECTORY;
    this.ok("media.put", { vmId, directory, use, files: [{ name: CONFIG_DRIVE_FILE, text }] });
    return id;
  }

  /** A VM whose system is up. */
  boot(overrides: Partial<HostArgs<"vm.create">> = {}, parent = TEMPLATE_PATH): string {
    const vmId = this.make(overrides, parent);
    this.ok("vm.start", { vmId });
    this.later(40_000);
    return vmId;
  }
}
