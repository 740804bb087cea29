/** `hvpool vm console` */
import { type Command, Option } from "@commander-js/extra-typings";
import type { VmAnswer } from "../../view/vm_text.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { findVm } from "./find.ts";

/** vmconnect decides by itself, and has no parameter for it. */
const ENHANCED = {
  on:
    "vmconnect offers an enhanced session by itself where host and guest allow one. The host allows it with " +
    "`Set-VMHost -EnableEnhancedSessionMode $true`, which counts for all its machines.",
  off:
    "In vmconnect's window, View > Enhanced Session turns to the basic session. So that none is enhanced: " +
    "`Set-VMHost -EnableEnhancedSessionMode $false`, which counts for all machines of the host.",
} as const;

/** Opens a machine's screen. */
export function defineConsole(command: Command, invocation: Invocation): void {
  command
    .description("open a machine's screen with vmconnect, or print how where that is not")
    .argument("<name>", "name of the VM, or a cycle id")
    .option(
      "--host <name>",
      "name of the Hyper-V host, seen from here; else this machine, or that of --server",
    )
    .addOption(
      new Option("--enhanced <on|off>", "say how to get this session").choices(["on", "off"] as const),
    )
    .option("--print", "only print the command")
    .option("--json", "as one JSON object: {cycle, vmId, command, opened}; only prints")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm console desktops-1", "on Windows: opens its screen"],
        ["hvpool vm console desktops-1 --host hv01 --print", "the command, for another machine"],
        ["hvpool vm console desktops-1 --enhanced off", "how to get the basic session"],
      ]) +
        "\n\nWhoever looks can also type: on a leased machine its holder sees it. An enhanced session is a logon of its own: " +
        "it locks the desktop that programs work on, and a machine of an agent pool with a locked desktop is not ready.",
    )
    .action(async (name, { enhanced, print = false, json = false, ...options }) => {
      const { output } = invocation;
      const host = options.host ?? serverHost(invocation) ?? "localhost";
      const client = await runningClient(invocation, "hvpool vm console");
      const vm = findVm(await client.status(), name);
      const vmId = idOf(vm);
      const shown = `vmconnect.exe ${quoted(host)} -G ${vmId}`;
      if (json) {
        return output.out(JSON.stringify({ cycle: vm.cycle, vmId, command: shown, opened: false }));
      }
      const opened = !print && await (await invocation.programs()).openConsole({ host, vmId });
      output.out(opened ? `Opened the screen of ${vm.name} (${vm.cycle}).` : shown);
      if (enhanced !== undefined) output.err(ENHANCED[enhanced]);
    });
}

/** Where `--server` is: hvpool runs on the host. */
function serverHost({ shared, env }: Invocation): string | undefined {
  const { server = env("HVPOOL_SERVER") } = shared();
  const host = server !== undefined && URL.canParse(server) ? new URL(server).hostname : "";
  return host === "" || /^(?:127\.|\[::1\]$|localhost$)/.test(host) ? undefined : host;
}

function idOf({ id, name, cycle, phase }: VmAnswer): string {
  if (id !== null) return id;
  throw new CliError(
    `${name} (${cycle}) has no VM yet: it is ${phase}. \`hvpool vm info ${name}\` says what it waits for.`,
    EXIT.failed,
  );
}

/** A host's name as one argument. */
function quoted(host: string): string {
  if (/^[\w.:[\]-]+$/.test(host)) return host;
  throw new CliError(`--host ${JSON.stringify(host)} is no name of a host.`, EXIT.usage);
}
