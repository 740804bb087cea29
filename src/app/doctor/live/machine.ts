/** The machine of one round: what it is made of, and how its calls are made. */
import { win32 } from "node:path";
import type { TemplateSettings } from "../../../model/settings.ts";
import type { GuestAccount } from "../../../ports/guest.ts";
import {
  HOST_CALLS,
  type HostArgs,
  type HostCall,
  type HostPort,
  type HostResult,
  type HostValue,
} from "../../../ports/host.ts";
import type { Target } from "../gather/outbound.ts";
import { markerText } from "../marker.ts";
import { randomName } from "../random_name.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** What every round of a run has in common. */
export interface LivePlan {
  /** Folder for machines on the host. */
  readonly storage: string;
  /** Disk that the machine's disk is a child of. */
  readonly parent: string;
  readonly switchName: string;
  /** Whether some pool's configuration is written onto disks. */
  readonly injects: boolean;
  /** Whose guest is to start; absent: no system is to start. */
  readonly template?: TemplateSettings;
  /** Account in that guest. */
  readonly account?: GuestAccount;
  /** Addresses that the guest has to reach. */
  readonly targets: readonly Target[];
  /** Addresses are given to guests that are introduced, and this one never is: it has none. */
  readonly noAddress?: true;
  /** How long a guest may take until it says something. */
  readonly bootMs: number;
}

/** A step did not do what it should. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
}

/** One machine. */
export class LiveMachine {
  /** Memory of a machine that starts no system. */
  static readonly SMALL_MB = 512;
  readonly host: HostPort;
  readonly plan: LivePlan;
  /** Keeps the times of all rounds. */
  readonly watch: Stopwatch;
  readonly name: string;
  readonly directory: string;
  readonly disk: string;
  /** Not a cycle's: to every controller the machine is somebody else's. */
  readonly notes: string;
  /** `undefined` before it was made, and when its making was not answered. */
  vmId: string | undefined;
  checkpointId = "";
  /** The guest's beat before it was saved. */
  beatBefore: string | undefined;
  /** Whether its folder may be there. */
  hasFolder = false;
  /** Whether its marker was written into that. */
  hasFile = false;
  /** Whether a VM of it may be there. */
  hasVm = false;
  /** Some call was not answered: what it makes may yet appear. */
  unsure = false;
  /** Answers once the user gives up: then no other answer is waited for. */
  readonly #givenUp: Promise<HostResult<never>>;

  /** @param parts `name`: one that is there already; else a new one. */
  constructor(
    parts: { host: HostPort; plan: LivePlan; watch: Stopwatch; giveUp: AbortSignal; name?: string },
  ) {
    const { host, plan, watch, giveUp, name = randomName() } = parts;
    this.name = name;
    this.host = host;
    this.plan = plan;
    this.watch = watch;
    this.#givenUp = new Promise((resolve) => {
      const answer = () => resolve({ outcome: "unknown", message: "given up" });
      if (giveUp.aborted) answer();
      else giveUp.addEventListener("abort", answer, { once: true });
    });
    this.directory = win32.join(plan.storage, this.name);
    this.disk = win32.join(this.directory, "disk.vhdx");
    this.notes = markerText(this.name);
  }

  /** Its id. Steps before it is made do not ask. */
  get id(): string {
    if (this.vmId === undefined) throw new StepFailed("the machine was not made");
    return this.vmId;
  }

  /** Makes a call; what is no good answer is thrown as {@linkcode StepFailed}. */
  async ask<C extends HostCall>(call: C, args: HostArgs<C>): Promise<HostValue<C>> {
    const answer = await this.call(call, args);
    if (answer.outcome === "ok") return answer.value;
    const code = answer.outcome === "failed" ? ` (${answer.code})` : "";
    throw new StepFailed(`${answer.message.replace(/\s+/g, " ").trim()}${code}`);
  }

  /** Makes a call, and remembers when it was not answered. */
  async call<C extends HostCall>(call: C, args: HostArgs<C>): Promise<HostResult<HostValue<C>>> {
    const answer = await Promise.race([this.host.call(call, args), this.#givenUp]);
    if (answer.outcome === "unknown" && HOST_CALLS[call].lane !== "query") this.unsure = true;
    return answer;
  }

  /** What `vm.create` is called with. */
  hardware(): HostArgs<"vm.create"> {
    const { template, switchName } = this.plan;
    return {
      name: this.name,
      notes: this.notes,
      directory: this.directory,
      disk: this.disk,
      memoryMb: template?.memoryMb ?? LiveMachine.SMALL_MB,
      processors: template?.processors ?? 1,
      switchName,
      // Windows is not signed by this authority: the firmware refuses it, and nothing of the disk runs.
      secureBoot: template?.secureBoot ?? "MicrosoftUEFICertificateAuthority",
      tpm: template?.tpm ?? false,
      nested: template?.nested ?? false,
      stopAction: "TurnOff",
    };
  }
}
