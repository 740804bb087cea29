/** `hvpool lease acquire` */
import { type Command, Option } from "@commander-js/extra-typings";
import {
  type AcquiredLease,
  type AcquireLeaseRequest,
  ApiError,
  type LeaseAnswer,
  type LeaseClient,
} from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { formatAge } from "../../options/duration.ts";
import { examples } from "../../options/examples.ts";
import { leaseText, waitingText } from "../../view/lease_text.ts";
import { ProgressView } from "../../view/progress.ts";
import { viewOf } from "../../view/view.ts";
import { leaseClient } from "./client.ts";
import {
  keepOption,
  labelValue,
  lengthValue,
  priorityValue,
  refuseKeepWith,
  releaseOption,
  type ReleaseWord,
  waitValue,
} from "./values.ts";

/** While it waits, it is looked at at least this often: its place in the queue changes. */
const LOOK_EVERY_SECONDS = 2;
/** How long a lease waits unless it says so, as the API has it. */
const WAIT_SECONDS = 3_600;

/** Asks for a machine and waits for it. */
export function defineAcquire(command: Command, invocation: Invocation): void {
  command
    .description("get a machine of an agent pool, as soon as one is free")
    .requiredOption("-p, --pool <name>", "the pool")
    .option("--holder <name>", "for whom: machines of one holder count together (default: admin)")
    .addOption(
      new Option("--label <name=value>", "for whoever reads it; may be given up to 20 times")
        .argParser(labelValue),
    )
    .option("--purpose <text>", "what it is for")
    .addOption(
      new Option("--wait <duration>", "how long it may wait for a machine (default: 1h)").argParser(
        waitValue,
      ),
    )
    .addOption(
      new Option("--idle <duration>", "it ends when nothing is heard of its holder for so long")
        .argParser(lengthValue),
    )
    .addOption(
      new Option("--on-idle <what>", "what happens then: it ends, or it is paused (default: the pool's own)")
        .choices(["release", "save"] as const),
    )
    .addOption(
      new Option("--ttl <duration>", "it ends so long after it began (both: what the pool allows)")
        .argParser(lengthValue),
    )
    .addOption(
      new Option("--priority <number>", "-100 to 100, the higher is served first (default: 0)")
        .argParser(priorityValue),
    )
    .addOption(releaseOption("what becomes of the machine afterwards (default: reset)"))
    .addOption(keepOption())
    .option("--key <key>", "the same command under the same key gets the same lease and token, for a day")
    .option("--json", "as one JSON object: {lease, token}")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease acquire --pool desktops", "waits up to an hour"],
        ["hvpool lease acquire --pool desktops --wait 0s", "now or not at all"],
        ["hvpool lease acquire --pool desktops --ttl 2h --idle 5m --label run=42", "for two hours at most"],
        ["hvpool lease acquire --pool desktops --key run-42 --json", "for scripts, which may try again"],
        [
          "hvpool lease acquire --pool desktops --on-idle save",
          "paused, not lost, when its holder is silent",
        ],
        [
          "hvpool lease acquire --pool desktops --release save --keep 1h",
          "the next one within an hour goes on with it",
        ],
      ]) +
        "\n\nThe token that is printed opens this lease and nothing else; it is shown to nobody again but who repeats the " +
        "command with the same --key. Ctrl+C ends this command, not the lease. Exit code 124: no machine came free in time.",
    )
    .action(async ({ json = false, key = crypto.randomUUID(), ...options }) => {
      const { output } = invocation;
      refuseKeepWith(options.release, options.keep);
      const leases = await leaseClient(invocation, "acquire");
      const acquired = await new Waiting(invocation, leases, { request: requestOf(options), key, json })
        .run();
      if (json) return output.out(JSON.stringify(acquired));
      for (const line of leaseText(acquired.lease, viewOf(output), acquired.token)) output.out(line);
    });
}

interface AcquireCommand {
  readonly pool: string;
  readonly holder?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly purpose?: string;
  readonly wait?: number;
  readonly idle?: number;
  readonly ttl?: number;
  readonly priority?: number;
  readonly onIdle?: "release" | "save";
  readonly release?: ReleaseWord;
  readonly keep?: number;
}

function requestOf(
  { pool, holder, label, purpose, wait, idle, ttl, priority, onIdle, release, keep }: AcquireCommand,
): AcquireLeaseRequest {
  return {
    pool,
    holder,
    labels: label === undefined ? undefined : { ...label },
    purpose,
    wait_seconds: wait,
    idle_seconds: idle,
    total_seconds: ttl,
    priority,
    on_idle: onIdle,
    release,
    keep_seconds: keep,
  };
}

interface Wanted {
  readonly request: AcquireLeaseRequest;
  readonly key: string;
  /** Nothing but the answer is wanted. */
  readonly json: boolean;
}

/** One command that waits. */
class Waiting {
  readonly #invocation: Invocation;
  readonly #leases: LeaseClient;
  readonly #wanted: Wanted;
  /** The lease as the last answer had it. */
  #last: LeaseAnswer | undefined;

  constructor(invocation: Invocation, leases: LeaseClient, wanted: Wanted) {
    this.#invocation = invocation;
    this.#leases = leases;
    this.#wanted = wanted;
  }

  async run(): Promise<AcquiredLease> {
    const { output, signals } = this.#invocation;
    const stop = new AbortController();
    const unlisten = signals.onStop(() => stop.abort());
    const view = new ProgressView(output);
    try {
      // The first answer comes at once: whoever stops this command must be told which lease goes on.
      for (let seconds = 0;; seconds = LOOK_EVERY_SECONDS) {
        const acquired = await this.#ask(seconds, stop.signal);
        this.#last = acquired.lease;
        if (acquired.lease.state === "active") return acquired;
        stop.signal.throwIfAborted();
        if (!this.#wanted.json) view.update({ step: waitingText(acquired.lease) });
      }
    } catch (error) {
      view.end();
      throw this.#explained(error, stop.signal.aborted);
    } finally {
      unlisten();
      view.end();
    }
  }

  #ask(answerWithinSeconds: number, signal: AbortSignal): Promise<AcquiredLease> {
    const { request, key } = this.#wanted;
    return this.#leases.acquire(request, { key, answerWithinSeconds, signal });
  }

  #explained(error: unknown, stopped: boolean): unknown {
    const { key, request: { pool, wait_seconds = WAIT_SECONDS } } = this.#wanted;
    if (error instanceof ApiError) {
      const waited = wait_seconds === 0 || (this.#last !== undefined && waitIsOver(this.#last));
      if (error.code !== "gone" || !waited) return error;
      return new CliError(
        `No machine of pool ${pool} came free within ${formatAge(wait_seconds * 1000)}. ` +
          `\`hvpool lease list\` shows who has what; wait longer with --wait. hvpool says: ${error.message}`,
        EXIT.timedOut,
      );
    }
    const again = `The same command with --key ${key} waits on.`;
    if (this.#last !== undefined) {
      const { id } = this.#last;
      const goesOn = `The lease ${id} goes on without this command. ${again} ` +
        `\`hvpool lease release ${id}\` ends it.`;
      if (stopped) return new CliError(goesOn, EXIT.failed);
      this.#invocation.output.err(goesOn);
    } else if (stopped) {
      return new CliError(`Whether the lease was taken is not known. ${again}`, EXIT.failed);
    }
    return error;
  }
}

/** Whether a lease that has ended was only not served in time. */
function waitIsOver({ expiresAt }: LeaseAnswer): boolean {
  return Date.parse(expiresAt) - Date.now() <= LOOK_EVERY_SECONDS * 1000;
}
