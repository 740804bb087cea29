/** `hvpool drain` */
import { type Command, Option } from "@commander-js/extra-typings";
import { type Client, type StatusAnswer, TimedOut } from "../../client/mod.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { formatAge } from "../options/duration.ts";
import { examples } from "../options/examples.ts";
import { reasonOption } from "../options/reason.ts";
import { runningClient } from "../options/running_client.ts";
import { durationValue } from "../options/values.ts";
import { printable } from "../view/table.ts";
import { pause } from "../view/pause.ts";
import { isWaitedFor, waitedForLine } from "../view/drain_text.ts";

const POLL_MS = 250;
const DEFAULT_TIMEOUT_MS = 3_600_000;

/** Empties pools without ending the program. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("-p, --pool <name>", "only this pool (default: all, the whole host)")
    .option("--wait", "wait until no machine is left that is idle or in use")
    .addOption(
      new Option("--timeout <duration>", "how long to wait (default: 1h)").argParser(durationValue),
    )
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}, and with --wait drained")
    .addHelpText(
      "after",
      examples([
        ["hvpool drain --pool ci", "idle machines of pool ci go, those with a job or a lease end it first"],
        [
          'hvpool drain --wait --reason "Windows updates"',
          "the whole host; returns once it may be restarted",
        ],
        [
          "hvpool drain --wait --timeout 4h",
          "ends with exit code 124 when it takes longer; the drain goes on",
        ],
        ["hvpool uncordon", "the end of it"],
      ]) +
        "\n\nNo job and no lease is cut off. hvpool goes on running, and the drain lasts until `hvpool uncordon`, also across " +
        "restarts of hvpool and of the host. `hvpool stop --drain` is another thing: it ends the program, and the " +
        "next start fills the pools again. `hvpool pool pause` makes no new machine, but keeps idle ones.",
    )
    .action(async ({ pool, wait = false, timeout, reason, json = false }) => {
      if (!wait && timeout !== undefined) throw new CliError("--timeout goes with --wait.", EXIT.usage);
      const { output } = invocation;
      const timeoutMs = timeout ?? DEFAULT_TIMEOUT_MS;
      const deadline = performance.now() + timeoutMs;
      const found = await runningClient(invocation, "hvpool drain");
      const client = wait ? found.within(timeoutMs) : found;
      const answer = await client.cordon({
        action: "drain",
        ...(pool === undefined ? {} : { pool }),
        ...(reason === undefined ? {} : { reason }),
      });
      if (!json) output.out(printable(answer.message));
      if (wait) {
        try {
          await untilDrained({ client, invocation, pool, timeoutMs, deadline });
        } catch (error) {
          if (json) output.out(JSON.stringify({ ...answer, drained: false }));
          throw error;
        }
        if (!json) output.out(`${nameOf(pool)} is drained: no machine is idle or in use.`);
      }
      if (json) output.out(JSON.stringify(wait ? { ...answer, drained: true } : answer));
    });
}

interface Wait {
  readonly client: Client;
  readonly invocation: Invocation;
  readonly pool: string | undefined;
  readonly timeoutMs: number;
  /** By `performance.now()`. */
  readonly deadline: number;
}

/** Says on stderr who is waited for, whenever that changes. */
async function untilDrained({ client, invocation, pool, timeoutMs, deadline }: Wait): Promise<void> {
  const { output, until } = invocation;
  const tooLate = (why: string) =>
    new CliError(
      `${nameOf(pool)} is not drained after ${formatAge(timeoutMs)}${why}. The drain goes on: ` +
        `\`hvpool status\` shows it, \`hvpool uncordon${
          pool === undefined ? "" : ` --pool ${pool}`
        }\` ends it.`,
      EXIT.timedOut,
    );
  let began = false;
  let said = "";
  for (;;) {
    const status = await client.status().catch((error) => {
      throw error instanceof TimedOut
        ? tooLate(": hvpool is very busy, or hangs, and does not answer")
        : error;
    });
    const drains = isDraining(status, pool);
    const waitedFor = status.vms.filter((vm) => isWaitedFor(vm, pool));
    if (drains && waitedFor.length === 0) return;
    if (began && !drains) {
      throw new CliError(
        `The drain of ${
          pool === undefined ? "the whole host" : `pool ${pool}`
        } was ended by somebody else; \`hvpool events\` says who.`,
        EXIT.failed,
      );
    }
    // It is recorded a moment after it was asked for.
    began ||= drains;
    const line = waitedForLine(waitedFor);
    if (line !== said && waitedFor.length > 0) output.err(line);
    said = line;
    if (performance.now() >= deadline || until?.aborted === true) {
      throw tooLate(waitedFor.length === 0 ? "" : `: ${line}`);
    }
    await pause(POLL_MS, until);
  }
}

function isDraining({ pools }: StatusAnswer, pool: string | undefined): boolean {
  return pools.every(({ name, cordon }) => (pool !== undefined && name !== pool) || cordon?.drain === true);
}

function nameOf(pool: string | undefined): string {
  return pool === undefined ? "The whole host" : `Pool ${pool}`;
}
