/** `hvpool pool create` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { CreatePoolRequest, PoolStatusAnswer } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { durationValue, wholeNumber } from "../../options/values.ts";
import { fillPool } from "./fill.ts";

/** As the API has it. */
const MAX_SIZE = 1_000;
const DAY_SECONDS = 86_400;
const WAIT_MS = 30 * 60_000;

/** Whole seconds that a lease may last, or its holder be silent. */
function secondsValue(text: string): number {
  const seconds = Math.ceil(durationValue(text) / 1000);
  if (seconds < 1 || seconds > DAY_SECONDS) throw new InvalidArgumentError("Expected 1s to 1d.");
  return seconds;
}

/** Makes an agent pool that is in no configuration. */
export function defineCreate(command: Command, invocation: Invocation): void {
  command
    .description("make an agent pool that is in no configuration")
    .argument("[name]", "the pool: lower-case letters, digits and dashes")
    .option("--name <name>", "the same")
    .requiredOption(
      "--template <name>",
      "what its machines are made from: of the configuration, or registered",
    )
    .addOption(
      new Option("--count <number>", "machines to keep").argParser(wholeNumber(0, MAX_SIZE)).default(1),
    )
    .addOption(
      new Option("--hot <number>", "so many of them run and are ready (default: 0)")
        .argParser(wholeNumber(0, MAX_SIZE)),
    )
    .addOption(
      new Option(
        "--warm <number>",
        "beside those so many are saved; the rest stay off (default: all the rest)",
      )
        .argParser(wholeNumber(0, MAX_SIZE)),
    )
    .addOption(
      new Option("--max <number>", "`hvpool pool resize` goes no further").argParser(
        wholeNumber(1, MAX_SIZE),
      ),
    )
    .addOption(
      new Option("--idle <duration>", "a lease ends when its holder is silent for so long (default: 30m)")
        .argParser(secondsValue),
    )
    .addOption(
      new Option("--ttl <duration>", "a lease ends so long after it began (default: 90m)").argParser(
        secondsValue,
      ),
    )
    .addOption(
      new Option("--on-idle <what>", "what happens to a silent holder's lease (default: release)").choices(
        ["release", "save"] as const,
      ),
    )
    .option("--no-desktop", "a machine is ready once its loader speaks: no desktop is waited for")
    .option("--switch <name>", "virtual switch (default: that of the configuration)")
    .option("--wait", "wait until all its machines are ready or saved")
    .addOption(
      new Option("--timeout <duration>", "with --wait: no longer than this (default: 30m)").argParser(
        durationValue,
      ),
    )
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {pool}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool create --name desktops --template win11 --count 6", "six machines, all saved"],
        ["hvpool pool create desktops --template win11 --count 6 --hot 1 --wait", "until they are there"],
        ["hvpool pool create quick --template win11 --ttl 10m --idle 2m", "for short work"],
      ]) +
        "\n\nThe pool is in the journal, not in the configuration, and survives restarts; `hvpool pool delete` removes " +
        "it. The same command again changes nothing. With --wait, exit code 124 says that the time was over and 130 " +
        "that it was interrupted: the pool stays, and goes on being filled.",
    )
    .action(async (argument, { wait = false, timeout, json = false, ...options }) => {
      const { output } = invocation;
      const name = nameOf(argument, options.name);
      if (timeout !== undefined && !wait) {
        throw new CliError("--timeout is how long --wait waits: add --wait.", EXIT.usage);
      }
      const found = await runningClient(invocation, "hvpool pool create");
      const deadline = performance.now() + (timeout ?? WAIT_MS);
      const client = wait ? found.within(timeout ?? WAIT_MS) : found;
      const made = await client.createPool(requestOf(name, options));
      if (!wait) {
        if (json) return output.out(JSON.stringify({ pool: made }));
        return output.out(`${summary(made)} \`hvpool pool show ${name}\` tells how far it is.`);
      }
      const pool = await fillPool(invocation, client, made, { withinMs: timeout ?? WAIT_MS, deadline, json });
      output.out(json ? JSON.stringify({ pool }) : `Pool ${name} is full: ${counted(pool)}.`);
    });
}

function nameOf(argument: string | undefined, option: string | undefined): string {
  const name = argument ?? option;
  if (name === undefined || (argument !== undefined && option !== undefined && argument !== option)) {
    throw new CliError(
      "Say once what the pool is called: hvpool pool create desktops --template win11 --count 6.",
      EXIT.usage,
    );
  }
  return name;
}

interface CreateOptions {
  readonly template: string;
  readonly count: number;
  readonly hot?: number;
  readonly warm?: number;
  readonly max?: number;
  readonly idle?: number;
  readonly ttl?: number;
  readonly onIdle?: "release" | "save";
  readonly desktop: boolean;
  readonly switch?: string;
  readonly reason?: string;
}

function requestOf(
  name: string,
  { template, count, hot, warm, max, idle, ttl, onIdle, desktop, switch: switchName, reason }: CreateOptions,
): CreatePoolRequest {
  return {
    name,
    template,
    size: count,
    hot,
    warm,
    max,
    idle_seconds: idle,
    total_seconds: ttl,
    on_idle: onIdle,
    switch: switchName,
    reason,
    ...(desktop ? {} : { desktop }),
  };
}

function machines(count: number): string {
  return count === 1 ? "1 machine" : `${count} machines`;
}

function summary({ name, size, image, cold }: PoolStatusAnswer): string {
  const note = cold === null ? "" : ` Reckon with it that ${cold.replace(/\.$/, "")}.`;
  return `Pool ${name} keeps ${machines(size)} made from ${image.template}.${note}`;
}

function counted({ ready, claimed, standby, off }: PoolStatusAnswer): string {
  const parts = [[ready, "ready"], [claimed, "leased"], [standby, "saved"], [off, "off"]] as const;
  const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return some.length === 0 ? "it keeps no machine" : some.join(", ");
}
