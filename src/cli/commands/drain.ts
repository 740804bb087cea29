/** `hvpool drain` */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Client, StatusAnswer } from "../../client/mod.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { formatAge } from "../options/duration.ts";
import { examples } from "../options/examples.ts";
import { reasonOption } from "../options/reason.ts";
import { runningClient } from "../options/running_client.ts";
import { durationValue } from "../options/values.ts";
import { pause } from "../view/pause.ts";
import { isWaitedFor, waitedForLine } from "../view/drain_text.ts";

const POLL_MS = 250;
const DEFAULT_TIMEOUT_MS = 3_600_000;

/** Empties pools without ending the program. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("-p, --pool <name>", "only this pool (default: all, the whole host)")
    .option("--wait", "wait until no machine is left that is idle or has a job")
    .addOption(
      new Option("--timeout <duration>", "how long to wait (default: 1h)").argParser(durationValue),
    )
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}, and with --wait drained")
    .addHelpText(
      "after",
      examples([
        ["hvpool drain --pool ci", "idle machines of pool ci go, those with a job end it first"],
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
        "\n\nNo job is cut off. hvpool goes on running, and the drain lasts until `hvpool uncordon`, also across " +
        "restarts of hvpool and of the host. `hvpool stop --drain` is another thing: it ends the program, and the " +
        "next start fills the pools again. `hvpool pool pause` makes no new machine, but keeps idle ones.",
    )
    .action(async ({ pool, wait = false, timeout, reason, json = false }) => {
      if (!wait && timeout !== undefined) throw new CliError("--timeout goes with --wait.", EXIT.usage);
      const { output } = invocation;
      const client = await runningClient(invocation, "hvpool drain");
      const answer = await client.cordon({
        action: "drain",
        ...(pool === undefined ? {} : { pool }),
        ...(reason === undefined ? {} : { reason }),
      });
      if (!json) output.out(answer.message);
      if (wait) {
        try {
          await untilDrained({ client, invocation, pool, timeoutMs: timeout ?? DEFAULT_TIMEOUT_MS });
        } catch (error) {
          if (json) output.out(JSON.stringify({ ...answer, drained: false }));
          throw error;
        }
        if (!json) output.out(`${nameOf(pool)} is drained: no machine is idle or has a job.`);
      }
      if (json) output.out(JSON.stringify(wait ? { ...answer, drained: true } : answer));
    });
}

interface Wait {
  readonly client: Client;
  readonly invocation: Invocation;
  readonly pool: string | undefined;
  readonly timeoutMs: number;
}

/** Says on stderr who is waited for, whenever that changes. */
async function untilDrained({ client, invocation, pool, timeoutMs }: Wait): Promise<void> {
  const { output, until } = invocation;
  const deadline = Date.now() + timeoutMs;
  const uncordon = `\`hvpool uncordon${pool === undefined ? "" : ` --pool ${pool}`}\``;
  let began = false;
  let said = "";
  for (;;) {
    const status = await client.status();
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
    if (Date.now() >= deadline || until?.aborted === true) {
      throw new CliError(
        `${nameOf(pool)} is not drained after ${formatAge(timeoutMs)}${
          waitedFor.length === 0 ? "" : `: ${line}`
        }. The drain goes on: \`hvpool status\` shows it, ${uncordon} ends it.`,
        EXIT.timedOut,
      );
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
