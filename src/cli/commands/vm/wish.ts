/** `hvpool vm resume`, `save`, `reset`, `prepare` and `stop` */
import type { Command } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { printable } from "../../view/table.ts";

type Verb = "resume" | "save" | "reset" | "prepare";

interface About {
  readonly description: string;
  readonly rows: Parameters<typeof examples>[0];
  readonly more: string;
}

const ABOUT: Readonly<Record<Verb, About>> = {
  resume: {
    description: "wake a machine of an agent pool, or resume the lease that it is paused under",
    rows: [
      ["hvpool vm resume desktops-3", "it runs, and stays awake until it is leased"],
      ["hvpool vm save desktops-3", "back to its saved state"],
    ],
    more: "A machine that `hvpool vm stop` turned off is put back to its clean checkpoint first.",
  },
  save: {
    description: "save a machine of an agent pool, or pause the lease that it is under",
    rows: [
      [
        "hvpool vm save desktops-3",
        "idle: back to its clean saved state, also where `hot` would have it run",
      ],
      [
        'hvpool vm save desktops-1 --reason "memory for a build"',
        "leased: its lease is paused, and loses nothing",
      ],
    ],
    more: "An idle one is resumed for a lease only, until `hvpool vm resume`.",
  },
  reset: {
    description: "put a machine of an agent pool back to its clean checkpoint",
    rows: [
      ["hvpool vm reset desktops-3", "idle: put back, and its resume proven anew"],
      ["hvpool vm reset desktops-1", "leased: its holder's machine is clean again, and stays theirs"],
    ],
    more: "What a holder had in the machine is lost; the lease and its token stay.",
  },
  prepare: {
    description: "make a machine of an agent pool ready now that is off",
    rows: [[
      "hvpool vm prepare desktops-3",
      "boots it, makes its checkpoint and proves that it can be resumed",
    ]],
    more: "`hvpool vm info` says how far it is.",
  },
};

/** Defines one of them. */
export function defineWish(command: Command, invocation: Invocation, verb: Verb): void {
  const { description, rows, more } = ABOUT[verb];
  command
    .description(description)
    .argument("<name>", "name of the VM, or a cycle id")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed, cycle}")
    .addHelpText("after", `${examples(rows)}\n\n${more}`)
    .action(async (vm, { reason, json = false }) => {
      const client = await runningClient(invocation, `hvpool vm ${verb}`);
      const why = reason === undefined ? {} : { reason };
      const answer = await client.wish({ verb, vm, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : printable(answer.message));
    });
}

/** Turns a machine off. */
export function defineStop(command: Command, invocation: Invocation): void {
  command
    .description("turn a machine of an agent pool off, and keep it off")
    .argument("<name>", "name of the VM, or a cycle id")
    .option("--force", "also one that somebody has: its lease ends, and what is in it is lost")
    .option("--yes", "with --force: do not ask")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed, cycle}")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm stop desktops-3", "idle: it holds neither memory nor a saved state, and nobody gets it"],
        ["hvpool vm prepare desktops-3", "it is as every other again"],
        ["hvpool vm stop desktops-1 --force --yes", "leased: its lease ends; for scripts"],
      ]) +
        "\n\nIt is off by a cut of its power: nothing in it is kept. It keeps its place in the pool, and no other is " +
        "made. --force is asked for on a terminal, and needs --yes without one.",
    )
    .action(async (vm, { force = false, yes = false, reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool vm stop");
      if (force && !yes) confirm(invocation, vm);
      const why = reason === undefined ? {} : { reason };
      const answer = await client.wish({ verb: "stop", vm, ...(force ? { force } : {}), ...why });
      invocation.output.out(json ? JSON.stringify(answer) : printable(answer.message));
    });
}

function confirm({ ask }: Invocation, vm: string): void {
  if (ask === undefined) {
    throw new CliError(
      `--force ends a lease of ${vm}. There is no terminal to ask on: add --yes, or leave --force out.`,
      EXIT.usage,
    );
  }
  if (!ask(`Turn ${vm} off at once? A lease of it ends, and what is in it is lost.`)) {
    throw new CliError("Nothing was done.", EXIT.failed);
  }
}
