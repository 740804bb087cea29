/** What a case of the contract has at hand. */
import assert from "node:assert/strict";
import type { HostErrorClass } from "../../src/model/calls.ts";
import type { HostArgs, HostCall, HostPort, HostResult, HostValue } from "../../src/ports/host.ts";
import type { Simulator } from "../../src/simulator/start.ts";

/** Where machines may be made on the host. */
export interface Place {
  /** A folder that is the contract's alone. */
  readonly store: string;
  /** A golden disk. */
  readonly template: string;
  /** Empty: the Default Switch. */
  readonly switchName: string;
}

/** A machine that a case has made. */
export interface Made {
  readonly vmId: string;
  readonly name: string;
  readonly directory: string;
  readonly disk: string;
}

/** No case waits longer for one answer. */
const LIMIT_MS = 60_000;
let made = 0;

/** A host, and what cases ask of it again and again. */
export class Stage {
  readonly host: HostPort;
  readonly place: Place;
  readonly #simulator: Simulator | undefined;

  constructor(host: HostPort, place: Place, simulator?: Simulator) {
    this.host = host;
    this.place = place;
    this.#simulator = simulator;
  }

  /** What plays the host; cases that ask for it say so. */
  get simulator(): Simulator {
    if (this.#simulator === undefined) throw new TypeError("This case needs the simulated host");
    this.#simulator.time.sync();
    return this.#simulator;
  }

  /** A path below the store, as the store itself is written: stand-ins for a host may have POSIX paths. */
  below(...names: string[]): string {
    const { store } = this.place;
    return [store, ...names].join(store.startsWith("/") ? "/" : "\\");
  }

  /** Makes a call. */
  call<C extends HostCall>(
    name: C,
    args: HostArgs<C>,
    limitMs = LIMIT_MS,
  ): Promise<HostResult<HostValue<C>>> {
    return this.host.call(name, args, { limitMs });
  }

  /** Makes a call that must succeed; answers its value. */
  async ok<C extends HostCall>(name: C, args: HostArgs<C>): Promise<HostValue<C>> {
    const answer = await this.call(name, args);
    if (answer.outcome !== "ok") assert.fail(`${name}: ${answer.outcome}: ${answer.message}`);
    return answer.value;
  }

  /** Makes a call that must fail in this way; answers the words for people. */
  async fails<C extends HostCall>(name: C, args: HostArgs<C>, code: HostErrorClass): Promise<string> {
    const answer = await this.call(name, args);
    if (answer.outcome !== "failed") assert.fail(`${name}: ${answer.outcome} in place of ${code}`);
    assert.equal(answer.code, code, answer.message);
    return answer.message;
  }

  /** Makes a child disk and a machine on it, off. */
  async machine(more: Partial<HostArgs<"vm.create">> = {}): Promise<Made> {
    const id = `${Date.now().toString(36)}-${made++}`;
    const directory = this.below(`c-${id}`);
    const disk = this.below(`c-${id}`, "disk.vhdx");
    const name = more.name ?? `contract-${id}`;
    await this.ok("disk.createChild", { path: disk, parent: this.place.template });
    const { vmId } = await this.ok("vm.create", {
      name,
      notes: `contract ${id}`,
      directory,
      disk,
      memoryMb: 512,
      processors: 1,
      switchName: this.place.switchName,
      secureBoot: "MicrosoftWindows",
      tpm: false,
      nested: false,
      stopAction: "TurnOff",
      ...more,
    });
    return { vmId, name, directory, disk };
  }

  /** Whatever state it is in: off, removed, its directory deleted. */
  async unmake({ vmId, directory }: Made): Promise<void> {
    await this.ok("vm.turnOff", { vmId });
    await this.ok("vm.remove", { vmId });
    await this.retried("dir.remove", { path: directory });
  }

  /** A call that may find a file locked for a moment. */
  async retried<C extends HostCall>(name: C, args: HostArgs<C>): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const answer = await this.call(name, args);
      if (answer.outcome === "ok") return;
      if (answer.outcome !== "failed" || answer.code !== "busy") assert.fail(answer.message);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`${name} stayed busy`);
  }

  /** Its power by a reading of its own. */
  async power(vmId: string): Promise<string> {
    return (await this.ok("vm.inspect", { vmId })).power;
  }
}
