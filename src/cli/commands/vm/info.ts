/** `hvpool vm info` */
import type { Command } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { viewOf } from "../../view/view.ts";
import { vmText } from "../../view/vm_text.ts";
import { showEvidence } from "./evidence.ts";
import { findVm } from "./find.ts";

/** Shows one machine. */
export function defineInfo(command: Command, invocation: Invocation): void {
  command
    .description("show one machine: where it is in its life, its job, what it waits for")
    .argument("<name>", "name of the VM, or a cycle id")
    .option("--evidence", "what is kept of it from when it failed, also of cycles that have ended")
    .option("--output <folder>", "with --evidence: save its files there")
    .option("--json", "as one JSON object; with --evidence: {evidence, saved}")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm info ci-1", "the machine that fills the slot now"],
        ["hvpool vm info ci/1.17 --json", "one by its cycle id, for programs"],
        ["hvpool events --vm ci-1", "what happened to it"],
        ["hvpool vm info ci-1 --evidence", "why machines of this name failed, and their last screens"],
        ["hvpool vm info ci/1.17 --evidence --output found", "saves what is kept of one"],
      ]),
    )
    .action(async (name, { json = false, evidence = false, output: folder }) => {
      if (folder !== undefined && !evidence) throw new CliError("--output goes with --evidence.", EXIT.usage);
      const { output } = invocation;
      const client = await runningClient(invocation, "hvpool vm info");
      if (evidence) {
        const to = folder === undefined ? {} : { output: folder };
        return await showEvidence(client, output, { name, json, ...to });
      }
      const status = await client.status();
      const vm = findVm(status, name);
      if (json) return output.out(JSON.stringify(vm));
      for (const line of vmText(vm, viewOf(output))) output.out(line);
      const others = status.vms.filter((one) => one.name === vm.name && one !== vm);
      if (others.length === 0) return;
      output.err(`Also of this slot: ${others.map(({ cycle, phase }) => `${cycle} (${phase})`).join(", ")}.`);
    });
}
