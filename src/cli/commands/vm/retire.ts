/** `hvpool vm recreate` and `hvpool vm destroy` */
import type { Command } from "@commander-js/extra-typings";
import type { Client } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { printable } from "../../view/table.ts";
import { jobName } from "../../view/vm_text.ts";
import { lookUp } from "./find.ts";

/** Makes a machine anew. */
export function defineRecreate(command: Command, invocation: Invocation): void {
  defineRetire(command.description("make a machine anew, once its job has ended"), invocation, {
    action: "recreate",
    rows: [
      ["hvpool vm recreate ci-1", "a job on it ends first"],
      ["hvpool vm recreate ci-1 --force", "a job on it is lost; asks first"],
    ],
  });
}

/** Removes a machine. */
export function defineDestroy(command: Command, invocation: Invocation): void {
  const described = command.alias("delete").description(
    "remove a machine, once its job has ended; then its slot is filled again unless its pool is paused (also: delete)",
  );
  defineRetire(described, invocation, {
    action: "destroy",
    rows: [
      ["hvpool vm destroy ci-1", "a job on it ends first"],
      ["hvpool vm destroy ci/1.17 --force --yes", "a job on it is lost; for scripts"],
    ],
  });
}

interface Retire {
  readonly action: "recreate" | "destroy";
  /** For its help. */
  readonly rows: Parameters<typeof examples>[0];
}

function defineRetire(command: Command, invocation: Invocation, { action, rows }: Retire): void {
  command
    .argument("<name>", "name of the VM, or a cycle id")
    .option("--force", "do not wait for its job, which is lost")
    .option("--yes", "with --force: do not ask")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed, cycle}")
    .addHelpText(
      "after",
      examples(rows) +
        "\n\nUntil a machine with a job is gone, its name means that machine, and no other is made in its place.\n\n" +
        "--force stops the machine at once, and GitHub fails the job that ran on it; a lease of it ends. It is asked " +
        "for on a terminal, and needs --yes without one.",
    )
    .action(async (vm, { force = false, yes = false, reason, json = false }) => {
      const client = await runningClient(invocation, `hvpool vm ${action}`);
      if (force && !yes) await confirm(invocation, client, vm);
      const why = reason === undefined ? {} : { reason };
      const answer = await client.retire({ action, vm, force, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : printable(answer.message));
    });
}

/** Ends the command unless the person at the terminal says yes. */
async function confirm({ ask }: Invocation, client: Client, name: string): Promise<void> {
  if (ask === undefined) {
    throw new CliError(
      `--force ends a job that runs on ${name}. There is no terminal to ask on: add --yes, or leave --force out.`,
      EXIT.usage,
    );
  }
  const vm = lookUp((await client.status()).vms, name);
  const job = vm !== undefined && vm.lease !== null
    ? `${printable(vm.lease.holder)} has it under the lease ${vm.lease.id}, which ends.`
    : vm === undefined || vm.job === null && vm.phase !== "claimed"
    ? "A job on it is lost."
    : `It runs a job${jobName(vm) === "" ? "" : ` (${jobName(vm)})`}, which is lost.`;
  if (!ask(`Stop ${vm === undefined ? name : `${vm.name} (${vm.cycle})`} at once? ${job}`)) {
    throw new CliError("Nothing was done.", EXIT.failed);
  }
}
