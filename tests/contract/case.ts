/** What a case of the contract is. */
import type { SimulatorOptions } from "../../src/simulator/start.ts";
import type { Stage } from "./stage.ts";

/** One case: the same for every engine that has what it needs. */
export interface Case {
  /** A sentence. */
  readonly name: string;
  /** `engine`: nothing but the engine · `hyperv`: a host with a template · `simulator`: faults and a host to shape. */
  readonly needs: "engine" | "hyperv" | "simulator";
  /** How the simulated host is to be; only where one is needed. */
  readonly host?: SimulatorOptions["host"];
  readonly run: (stage: Stage) => Promise<void>;
}
