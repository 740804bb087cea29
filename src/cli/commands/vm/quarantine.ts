/** `hvpool vm quarantine list|release` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { viewOf } from "../../view/view.ts";
import { vmLines } from "../../view/vm_text.ts";
import { ambiguous, isKept } from "./find.ts";

/** Looks after machines that are kept. */
export function defineQuarantine(command: Command, invocation: Invocation): void {
  command
    .description("show machines that are kept for somebody to look at, or let them go")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm quarantine list", "those that failed or were held, until when and why"],
        ["hvpool vm quarantine release ci-1", "remove one now"],
      ]),
    );
  defineList(command.command("list"), invocation);
  defineRelease(command.command("release"), invocation);
}

function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show machines in quarantine, and those that are kept after their job")
    .option("--json", "as one JSON object: {vms}")
    .addHelpText("after", examples([["hvpool vm quarantine list --json", "for programs"]]))
    .action(async ({ json = false }) => {
      const { output } = invocation;
      const status = await (await runningClient(invocation, "hvpool vm quarantine list")).status();
      const vms = status.vms.filter(isKept);
      if (json) return output.out(JSON.stringify({ vms }));
      if (vms.length === 0) return output.out("No VM is kept.");
      for (const line of vmLines(vms, viewOf(output))) output.out(line);
    });
}

function defineRelease(command: Command, invocation: Invocation): void {
  command
    .description("keep a machine no longer: it is removed, after its job if it has one")
    .argument("<name>", "name of the VM, or a cycle id")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed, cycle}")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm quarantine release ci-1", "the one of this name that is kept"],
        ["hvpool vm quarantine release ci/1.17", "by its cycle id, when several are"],
      ]),
    )
    .action(async (name, { reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool vm quarantine release");
      // The slot of a machine that is kept is filled again: its name alone means another one.
      const named = (await client.status()).vms.filter((vm) => vm.name === name && isKept(vm));
      if (named.length > 1) throw ambiguous(name, named);
      const why = reason === undefined ? {} : { reason };
      const answer = await client.release({ vm: named[0]?.cycle ?? name, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}
