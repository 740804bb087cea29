/** What a plan is made from: the old pool as configuration, host and GitHub tell of it. */
import type { DiskChain, OldPoolPlace } from "../../controller/old_pool/judge.ts";
import type { SeenMachine } from "../../controller/old_pool/look.ts";
import type { ScopeKey } from "../../model/ids.ts";
import type { ForgeResult, RunnerRow } from "../../ports/forge.ts";
import type { HostResult, HostValue } from "../../ports/host.ts";

/** Where a pool had its things, and its runners. */
export interface Place extends OldPoolPlace {
  readonly scope: ScopeKey;
}

/** A disk that no VM uses, at a path where the old pool has its disks. */
export interface LooseDisk {
  readonly path: string;
  readonly place: Place;
  /** `undefined`: it could not be read. */
  readonly chain: DiskChain | undefined;
}

/** All of it. */
export interface MigrationFacts {
  readonly places: readonly Place[];
  readonly service: HostResult<HostValue<"service.info">>;
  /** Every VM of the host. */
  readonly machines: readonly SeenMachine[];
  readonly looseDisks: readonly LooseDisk[];
  /** Of each scope. */
  readonly runners: ReadonlyMap<ScopeKey, ForgeResult<readonly RunnerRow[]>>;
}

/** What is known of the old service; `unknown`: it could not be asked. */
export interface OldService {
  readonly state: "running" | "stopped" | "missing" | "unknown";
  readonly path: string;
  readonly start: "automatic" | "manual" | "disabled" | null;
  readonly processes: readonly number[];
}

/** See {@linkcode OldService}. */
export function serviceOf({ service }: MigrationFacts): OldService {
  if (service.outcome === "ok") return service.value;
  return { state: "unknown", path: "", start: null, processes: [] };
}
