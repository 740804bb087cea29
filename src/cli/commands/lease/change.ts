/** `hvpool lease pause|resume|reset|checkpoint|restore` */
import { type Command, Option } from "@commander-js/extra-typings";
import type { LeaseAnswer, LeaseChange } from "../../../client/mod.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { durationValue } from "../../options/values.ts";
import { leaseClient, TOKEN_HELP } from "./client.ts";
import { changeLease } from "./change_wait.ts";
import { checkpointValue } from "./values.ts";

interface ChangeOptions {
  readonly token?: string;
  readonly wait: boolean;
  readonly timeout: number;
  readonly json?: boolean;
  readonly reason?: string;
}

/** Saves a leased machine. */
export function definePause(command: Command, invocation: Invocation): void {
  withOptions(command.description("save the machine of a lease, which then holds no memory"))
    .argument("<id>", "id of the lease")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease pause l-0123…", "everything on it stays as it is"],
        ["hvpool lease pause l-0123… --no-wait", "do not wait until it is saved"],
      ]) +
        "\n\nThe time that it is paused counts neither as idle nor as total time. A pool says for how long it may be.",
    )
    .action((id, options) => change(invocation, id, { kind: "pause" }, options));
}

/** Goes on with it. */
export function defineResume(command: Command, invocation: Invocation): void {
  withOptions(command.description("go on with a lease that is paused"))
    .argument("<id>", "id of the lease")
    .addHelpText(
      "after",
      examples([["hvpool lease resume l-0123… --token env:LEASE_TOKEN", "for its holder"]]) +
        "\n\nIt waits when the host has no memory for it; `hvpool lease show` says so.",
    )
    .action((id, options) => change(invocation, id, { kind: "resume" }, options));
}

/** Puts a leased machine back to its clean checkpoint. */
export function defineReset(command: Command, invocation: Invocation): void {
  withOptions(
    command.description("put the machine of a lease back to its clean checkpoint; its holder keeps it"),
  )
    .argument("<id>", "id of the lease")
    .addHelpText(
      "after",
      examples([["hvpool lease reset l-0123…", "as if it had just been acquired"]]) +
        "\n\nWhatever the holder did on the machine is lost; its checkpoints stay.",
    )
    .action((id, options) => change(invocation, id, { kind: "reset" }, options));
}

/** Makes a checkpoint. */
export function defineCheckpoint(command: Command, invocation: Invocation): void {
  withOptions(command.description("make a checkpoint of the machine of a lease, memory and disk"))
    .argument("<id>", "id of the lease")
    .argument("<name>", "of the checkpoint, unique within the lease", checkpointValue)
    .addHelpText(
      "after",
      examples([[
        "hvpool lease checkpoint l-0123… installed",
        "hvpool lease restore l-0123… installed goes back",
      ]]) +
        "\n\nCheckpoints go with the lease. A pool says how many there may be.",
    )
    .action((id, name, options) => change(invocation, id, { kind: "checkpoint", name }, options));
}

/** Goes back to a checkpoint. */
export function defineRestore(command: Command, invocation: Invocation): void {
  withOptions(command.description("put the machine of a lease back to one of its checkpoints"))
    .argument("<id>", "id of the lease")
    .argument("<name>", "of the checkpoint; hvpool lease show lists them", checkpointValue)
    .addHelpText(
      "after",
      examples([["hvpool lease restore l-0123… installed", "as often as wanted"]]) +
        "\n\nWhatever the holder did on the machine since then is lost.",
    )
    .action((id, name, options) => change(invocation, id, { kind: "restore", name }, options));
}

function withOptions(command: Command) {
  return command
    .option("--no-wait", "do not wait until it is done")
    .addOption(
      new Option("--timeout <duration>", "how long to wait").argParser(durationValue).default(600_000, "10m"),
    )
    .option("--token <token>", TOKEN_HELP)
    .addOption(reasonOption())
    .option("--json", "the lease as one JSON object");
}

async function change(
  invocation: Invocation,
  id: string,
  wanted: LeaseChange,
  { token, wait, timeout, json = false, ...options }: ChangeOptions,
): Promise<void> {
  const leases = await leaseClient(invocation, wanted.kind, token);
  const timeoutMs = wait ? timeout : 0;
  const lease = await changeLease(invocation, {
    leases,
    id,
    wanted,
    timeoutMs,
    wait,
    quiet: json,
    ...whyOf(options),
  });
  invocation.output.out(json ? JSON.stringify(lease) : said(lease, wanted));
}

/** What has come of it, for people. */
function said({ id, change, vm, lacks }: LeaseAnswer, wanted: LeaseChange): string {
  const machine = vm?.name ?? "its machine";
  if (change !== null) {
    return `Lease ${id}: ${wanted.kind} goes on. \`hvpool lease show ${id}\` says how far it is.`;
  }
  const ready = lacks === undefined ? "is ready" : `was not ready in time: ${lacks}`;
  switch (wanted.kind) {
    case "pause":
      return `Lease ${id} is paused: ${machine} is saved. \`hvpool lease resume ${id}\` goes on with it.`;
    case "resume":
      return `Lease ${id} goes on: ${machine} ${ready}.`;
    case "reset":
      return `Lease ${id}: ${machine} is clean and ready.`;
    case "checkpoint":
      return `Lease ${id} has the checkpoint ${wanted.name}.`;
    case "restore":
      return `Lease ${id}: ${machine} is back at the checkpoint ${wanted.name} and ${
        ready.replace(/^is /, "")
      }.`;
  }
}
