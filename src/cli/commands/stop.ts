/** `hvpool stop` */
import { type Command, Option } from "@commander-js/extra-typings";
import { Client, type Endpoint, findEndpoint, isAlive, NotRunning } from "../../client/mod.ts";
import { formatAge } from "../options/duration.ts";
import { examples } from "../options/examples.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { locateDataDir } from "../options/locate.ts";
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
    .action(async ({ drain = false, wait, timeout }) => {
      const { output } = invocation;
      const dataDir = await locateDataDir(invocation);
      const endpoint = await findEndpoint(dataDir);
      const client = new Client({ locate: () => Promise.resolve(endpoint), name: "hvpool stop" });
      await client.stop({ drain });
      output.err(`hvpool (process ${endpoint.pid}) is ${drain ? "draining and then " : ""}stopping.`);
      if (!wait) return;
      if (!await hasEnded({ endpoint, dataDir, client, invocation, timeoutMs: timeout })) {
        throw new CliError(
          `hvpool is still stopping after ${
            formatAge(timeout)
          }. It goes on; \`hvpool status\` shows what it waits for.`,
          EXIT.timedOut,
        );
      }
      output.err("hvpool has stopped.");
    });
}

interface Wait {
  readonly endpoint: Endpoint;
  readonly dataDir: string;
  readonly client: Client;
  readonly invocation: Invocation;
  readonly timeoutMs: number;
}

/** Waits until the process is gone or the endpoint belongs to a later run; says whether that came in time. */
async function hasEnded({ endpoint, dataDir, client, invocation, timeoutMs }: Wait): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  let said = "";
  for (let poll = 1;; poll++) {
    if (await isGone(endpoint, dataDir)) return true;
    if (Date.now() >= deadline) return false;
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

/** One line about what is still there; nothing when hvpool no longer answers. */
async function progressOf(client: Client): Promise<string | undefined> {
  try {
    const { controller, pools } = await client.status();
    const sum = (key: "claimed" | "ready" | "starting") =>
      pools.reduce((total, pool) => total + pool[key], 0);
    return `  ${controller.state}: ${sum("claimed")} with a job, ${sum("ready")} idle, ${
      sum("starting")
    } starting`;
  } catch {
    return undefined; // a courtesy only: what is waited for is the end, and a program that ends may answer badly
  }
}
