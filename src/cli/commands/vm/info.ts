/** `hvpool vm info` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { viewOf } from "../../view/view.ts";
import { vmText } from "../../view/vm_text.ts";
import { findVm } from "./find.ts";

/** Shows one machine. */
export function defineInfo(command: Command, invocation: Invocation): void {
  command
    .description("show one machine: where it is in its life, its job, what it waits for")
    .argument("<name>", "name of the VM, or a cycle id")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm info ci-1", "the machine that fills the slot now"],
        ["hvpool vm info ci/1.17 --json", "one by its cycle id, for programs"],
        ["hvpool events --vm ci-1", "what happened to it"],
      ]),
    )
    .action(async (name, { json = false }) => {
      const { output } = invocation;
      const status = await (await runningClient(invocation, "hvpool vm info")).status();
      const vm = findVm(status, name);
      if (json) return output.out(JSON.stringify(vm));
      for (const line of vmText(vm, viewOf(output))) output.out(line);
      const others = status.vms.filter((one) => one.name === vm.name && one !== vm);
      if (others.length === 0) return;
      output.err(`Also of this slot: ${others.map(({ cycle, phase }) => `${cycle} (${phase})`).join(", ")}.`);
    });
}
