/** `hvpool pool delete` */
import type { Command } from "@commander-js/extra-typings";
import { type Client, NotRunning } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import type { StoppedPoolDeletion } from "../../programs.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { printable } from "../../view/table.ts";
import { clientOf, locateTarget } from "../../options/running_client.ts";

const NAME = "hvpool pool delete";

/** Deletes a pool that was made at run time. */
export function defineDelete(command: Command, invocation: Invocation): void {
  command
    .description("delete a pool that was made at run time, and its machines")
    .argument("<name>", "the pool")
    .option(
      "--force",
      "also while machines of it are leased, or parked for a holder: what is in them is lost",
    )
    .option("--yes", "with --force: do not ask")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {deleted}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool delete desktops", "refused while somebody has a machine of it"],
        ["hvpool pool delete desktops --force", "takes machines away; asks first"],
        ["hvpool pool delete desktops --force --yes", "for scripts"],
      ]) +
        "\n\n--force is asked for on a terminal, and needs --yes without one. Leases that wait for one of its machines end. It works while hvpool is not running, too: a configuration " +
        "that has a pool of the same name keeps hvpool from starting. A pool of the configuration is taken out of " +
        "the file instead.",
    )
    .action(async (pool, { force = false, yes = false, json = false, ...options }) => {
      const target = await locateTarget(invocation);
      const client = clientOf(target, { ...invocation, name: NAME });
      try {
        if (force && !yes) await confirm(invocation, client, pool);
        await client.deletePool(pool, { force, ...whyOf(options) });
      } catch (error) {
        if (!(error instanceof NotRunning) || "server" in target) throw error;
        const who = invocation.actor === undefined ? {} : { actor: invocation.actor };
        const by = { source: NAME, ...who, ...whyOf(options) };
        await deleteStopped(invocation, error, { dataDir: target.dataDir, pool, force, ...by });
      }
      invocation.output.out(json ? JSON.stringify({ deleted: pool }) : `Pool ${pool} is deleted.`);
    });
}

async function deleteStopped(
  { programs }: Invocation,
  notRunning: NotRunning,
  options: StoppedPoolDeletion,
): Promise<void> {
  const answer = await (await programs()).deletePoolStopped(options);
  if (answer === undefined) throw notRunning;
  if (!answer.ok) throw new CliError(answer.message, EXIT.failed);
}

/** Ends the command unless the person at the terminal agrees that others lose their machines. */
async function confirm({ ask }: Invocation, client: Client, pool: string): Promise<void> {
  if (ask === undefined) {
    throw new CliError(
      `--force ends leases of pool ${pool}. There is no terminal to ask on: add --yes, or leave --force out.`,
      EXIT.usage,
    );
  }
  const what = await whatEnds(client, pool);
  if (what !== undefined && !ask(`Delete pool ${pool} at once? ${what}`)) {
    throw new CliError("Nothing was done.", EXIT.failed);
  }
}

/** Which leases of it end, and for whom machines wait; nothing when nobody has one. */
async function whatEnds(client: Client, pool: string): Promise<string | undefined> {
  try {
    const held = (await client.leases.list()).filter((one) => one.pool === pool && one.state !== "queued");
    const parked = (await client.status()).vms.flatMap((vm) =>
      vm.pool === pool && vm.parked !== null && vm.lease === null ? [vm.parked] : []
    );
    const named = (all: readonly { readonly holder: string }[]) =>
      printable([...new Set(all.map(({ holder }) => holder))].join(", "));
    const ends = [
      ...(held.length === 0
        ? []
        : [`${held.length} lease${held.length === 1 ? " ends" : "s end"} (${named(held)})`]),
      ...(parked.length === 0
        ? []
        : [`${parked.length} machine${parked.length === 1 ? " is" : "s are"} kept for ${named(parked)}`]),
    ];
    return ends.length === 0 ? undefined : `Of it ${ends.join(", ")}: whatever is on these machines is lost.`;
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    return "hvpool is not running. Leases of it end, and whatever is on the machines is lost.";
  }
}
