/** `hvpool stop` */
import { type Command, Option } from "@commander-js/extra-typings";
import {
  ApiError,
  Client,
  type Endpoint,
  findEndpoint,
  isAlive,
  NotRunning,
  TimedOut,
} from "../../client/mod.ts";
import { formatAge } from "../options/duration.ts";
import { examples } from "../options/examples.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { clientOf, locateTarget } from "../options/running_client.ts";
import { reasonOption, whyOf } from "../options/reason.ts";
import { durationValue } from "../options/values.ts";
import { pause } from "../view/pause.ts";

const POLL_MS = 200;
/** Progress is asked for at every so manieth poll. */
const POLLS_PER_PROGRESS = 10;

/** Asks a running hvpool to end, and waits for it. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--drain", "remove idle machines first")
    .option("--no-wait", "do not wait until it has ended")
    .addOption(
      new Option("--timeout <duration>", "how long to wait").argParser(durationValue).default(300_000, "5m"),
    )
    .addOption(reasonOption())
    .addHelpText(
      "after",
      examples([
        ["hvpool stop", "machines with jobs, and idle ones, are left for the next start"],
        ["hvpool stop --drain", "machines with jobs are left, idle ones removed"],
        ["hvpool stop --timeout 30s", "ends with exit code 124 when it takes longer"],
      ]) +
        "\n\nWith or without --drain the program ends, and the next start fills the pools again. `hvpool drain` is " +
        "another thing: it empties pools, does not end the program, and survives restarts until `hvpool uncordon`.",
    )
    .action(async ({ drain = false, wait, timeout, ...options }) => {
      const { output } = invocation;
      const deadline = performance.now() + timeout;
      const run = await findRun(invocation, wait ? timeout : undefined);
      await run.client.stop({ drain, ...whyOf(options) });
      output.err(`hvpool (${run.named}) is ${drain ? "draining and then " : ""}stopping.`);
      if (!wait) return;
      if (!await hasEnded(run, invocation, deadline)) {
        throw new CliError(
          `hvpool is still stopping after ${
            formatAge(timeout)
          }. It goes on; \`hvpool status\` shows what it waits for.`,
          EXIT.timedOut,
        );
      }
      output.err(run.ended);
    });
}

/** One run of hvpool, which is to end. */
interface Run {
  /** For people. */
  readonly named: string;
  /** Its end, for people. */
  readonly ended: string;
  readonly client: Client;
  /** Whether it has ended, or a later one answers in its place. */
  isGone(): Promise<boolean>;
}

/** `withinMs`: no request waits any longer. */
async function findRun(invocation: Invocation, withinMs: number | undefined): Promise<Run> {
  const limited = (client: Client) => withinMs === undefined ? client : client.within(withinMs);
  const name = "hvpool stop";
  const target = await locateTarget(invocation);
  if ("server" in target) {
    const client = limited(clientOf(target, { ...invocation, name }));
    const { controller: { since } } = await client.status();
    const { address } = target.server;
    return {
      named: address,
      // Whether it ended or the network did cannot be told from here.
      ended: `hvpool no longer answers at ${address}, or another run of it does.`,
      client,
      isGone: () => isGoneElsewhere(client, since),
    };
  }
  const { dataDir } = target;
  const endpoint = await findEndpoint(dataDir);
  return {
    named: `process ${endpoint.pid}`,
    ended: "hvpool has stopped.",
    client: limited(
      new Client({
        locate: () => Promise.resolve(endpoint),
        name,
        ...(invocation.actor === undefined ? {} : { actor: invocation.actor }),
      }),
    ),
    isGone: () => isGone(endpoint, dataDir),
  };
}

/** Waits until it is gone; says whether that came before `deadline`, by `performance.now()`. */
async function hasEnded(
  { client, isGone }: Run,
  invocation: Invocation,
  deadline: number,
): Promise<boolean> {
  let said = "";
  for (let poll = 1;; poll++) {
    if (await isGone()) return true;
    if (performance.now() >= deadline) return false;
    if (poll % POLLS_PER_PROGRESS === 0) {
      const progress = await progressOf(client);
      if (progress !== undefined && progress !== said) invocation.output.err(progress);
      said = progress ?? said;
    }
    await pause(POLL_MS);
  }
}

async function isGone(before: Endpoint, dataDir: string): Promise<boolean> {
  try {
    const now = await findEndpoint(dataDir);
    return now.pid !== before.pid || now.startedAt !== before.startedAt;
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    // The file goes first; the data directory is free for another run when the process has ended.
    return before.pid === Deno.pid || !isAlive(before.pid);
  }
}

/** Nothing is known of its process: it has ended when it no longer answers, or a later run does. */
async function isGoneElsewhere(client: Client, since: string): Promise<boolean> {
  try {
    return (await client.status()).controller.since !== since;
  } catch (error) {
    if (error instanceof TimedOut) return false;
    if (error instanceof NotRunning) return true;
    if (error instanceof ApiError) return false; // a program that ends may answer badly
    throw error;
  }
}

/** One line about what is still there; nothing when hvpool no longer answers. */
async function progressOf(client: Client): Promise<string | undefined> {
  try {
    const { controller, pools } = await client.status();
    const sum = (key: "claimed" | "ready" | "starting") =>
      pools.reduce((total, pool) => total + pool[key], 0);
    return `  ${controller.state}: ${sum("claimed")} in use, ${sum("ready")} idle, ${
      sum("starting")
    } starting`;
  } catch {
    return undefined; // a courtesy only: what is waited for is the end, and a program that ends may answer badly
  }
}
