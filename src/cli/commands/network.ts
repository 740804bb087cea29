/** `hvpool network create|show|remove` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { OWN_NAME, OWN_NAME_RULE } from "../../config/check/names.ts";
import { subnetFault } from "../../config/check/subnet.ts";
import { CliError } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { locateConfig } from "../options/locate.ts";
import type { NetworkOptions } from "../programs.ts";
import { VERSION } from "../version.ts";

const DEFAULT_NAME = "hvpool";

/** Looks after the switch of a host without a Default Switch. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool network create", "the internal switch hvpool with NAT, 192.168.240.0/24"],
      ["hvpool network create --name lab --subnet 10.77.0.0/24 --yes", "another one, without a question"],
      ["hvpool network show", "the switch, the host's address, the NAT, and who is on it"],
      ["hvpool network remove", "takes switch and NAT away again"],
    ]) +
      "\n\nWindows Server has no Default Switch; Windows 10 and 11 do, and need none of this. A configuration says which " +
      "host is meant; without one it is this machine. docs/network.md says more.",
  );
  defineCreate(command.command("create"), invocation);
  defineShow(command.command("show"), invocation);
  defineRemove(command.command("remove"), invocation);
}

function defineCreate(command: Command, invocation: Invocation): void {
  command.description("make an internal switch, the host's address on it, and a NAT")
    .addOption(nameOption())
    .addOption(
      new Option(
        "--subnet <network>",
        "its network; the host has the first address (default: 192.168.240.0/24)",
      )
        .argParser(subnetValue),
    )
    .option("--yes", "do not ask")
    .option("--json", "as one JSON object: {name, subnet, gateway, made, configuration}")
    .addHelpText(
      "after",
      examples([
        ["hvpool network create", "the switch hvpool, 192.168.240.0/24; asks before it changes anything"],
        [
          "hvpool network create --subnet 10.77.0.0/24 --yes",
          "where that network is taken, without a question",
        ],
        [
          "hvpool network create --name lab --json --yes",
          "for programs: also the configuration that goes with it",
        ],
      ]) +
        "\n\nNeeds an administrator. What is there already with these values stays; with others it is refused, and so is a " +
        "second NAT: Windows knows one. The switch has no DHCP: the configuration that goes with it is printed.",
    )
    .action(async ({ name, subnet, yes = false, json = false }) => {
      const more = subnet === undefined ? {} : { subnet };
      await run(invocation, { action: "create", name: name ?? DEFAULT_NAME, ...more, yes, json });
    });
}

function defineShow(command: Command, invocation: Invocation): void {
  command.description("show the switch, the host's address on it, the host's NAT, and the machines on it")
    .addOption(nameOption())
    .option("--json", "as one JSON object: {name, switch, vms, addresses, nats}")
    .addHelpText(
      "after",
      examples([
        ["hvpool network show", "the switch hvpool"],
        ["hvpool network show --name lab --json", "another one, for programs"],
      ]),
    )
    .action(async ({ name, json = false }) => {
      await run(invocation, { action: "show", name: name ?? DEFAULT_NAME, yes: false, json });
    });
}

function defineRemove(command: Command, invocation: Invocation): void {
  command.description("remove the switch, and the NAT of its name")
    .addOption(nameOption())
    .option("--yes", "do not ask")
    .option("--json", "as one JSON object: {name, removed}")
    .addHelpText(
      "after",
      examples([
        ["hvpool network remove", "the switch hvpool; asks first"],
        ["hvpool network remove --name lab --yes", "another one, without a question"],
      ]) + "\n\nRefused while machines are on it, and for switches that are not internal.",
    )
    .action(async ({ name, yes = false, json = false }) => {
      await run(invocation, { action: "remove", name: name ?? DEFAULT_NAME, yes, json });
    });
}

async function run(
  invocation: Invocation,
  what: Pick<NetworkOptions, "action" | "name" | "subnet" | "yes" | "json">,
): Promise<void> {
  const configFile = await findConfig(invocation);
  const { dataDir } = invocation.shared();
  const { output, ask } = invocation;
  const { runNetwork } = await invocation.programs();
  invocation.exit(
    await runNetwork({
      ...what,
      ...(configFile === undefined ? {} : { configFile }),
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(ask === undefined ? {} : { ask }),
      version: VERSION,
      output,
    }),
  );
}

/** A configuration says which host is meant; there need be none yet. */
async function findConfig(invocation: Invocation): Promise<string | undefined> {
  try {
    return await locateConfig(invocation);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

function nameOption() {
  return new Option("--name <name>", `name of the switch and of its NAT (default: ${DEFAULT_NAME})`)
    .argParser(nameValue);
}

function nameValue(text: string): string {
  if (!OWN_NAME.test(text)) throw new InvalidArgumentError(`Expected ${OWN_NAME_RULE}.`);
  return text;
}

function subnetValue(text: string): string {
  const fault = subnetFault(text);
  if (fault === undefined) return text;
  const { message, expected, suggestion } = fault;
  const more = [
    expected === undefined ? "" : ` Expected ${expected}.`,
    suggestion === undefined ? "" : ` Did you mean ${suggestion}?`,
  ];
  throw new InvalidArgumentError(`${message}.${more.join("")}`);
}
