/** What the template store works with. */
import type { Command } from "../../model/decide.ts";
import type { State } from "../../model/state.ts";
import type { PreparationStatus } from "../../model/status.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HostPort } from "../../ports/host.ts";
import type { PackageResult, RunnerPackages } from "../../ports/runner_packages.ts";
import type { WebPort } from "../../ports/web.ts";

/** Ports, the state, and the way to change it. */
export interface TemplateContext {
  readonly host: HostPort;
  readonly clock: Clock;
  /** @default no web address can be used */
  readonly web?: WebPort;
  /** @default no runner can be installed */
  readonly packages?: RunnerPackages;
  /** Asks which runner is the newest, where no answer is remembered. */
  readonly newestRunner?: () => Promise<PackageResult<string>>;
  /** The state at this moment; it changes with every turn. */
  readonly state: () => State;
  /** Below it lie `templates\` and the directories of cycles: a path on the host. */
  readonly store: () => string;
  /** Resolves once the command was decided and committed. Rejects when the controller stops first. */
  readonly apply: (command: Command) => Promise<void>;
  /**
   * How far the image is that is being prepared; asked only while there is one.
   * @default nothing is told of it
   */
  readonly preparing?: () => PreparationStatus | undefined;
}
