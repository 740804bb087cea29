/** `hvpool pool rollout` */
import { type Command, Option } from "@commander-js/extra-typings";
import { Client, type RolloutActionName, type RolloutAnswer } from "../../client/mod.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { locateDataDir } from "../options/locate.ts";
import { rolloutAdvice, rolloutLine } from "../view/rollout_text.ts";

/** Looks after single pools. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool pool rollout ci", "how far the new generation of a pool's machines is"],
      ["hvpool pool rollout ci --revert", "back to the last good one"],
    ]),
  );
  defineRollout(command.command("rollout"), invocation);
}

function defineRollout(command: Command, invocation: Invocation): void {
  command
    .description("show a pool's new generation of machines, stop it, let it go on, or take it back")
    .argument("<name>", "the pool")
    .addOption(
      new Option("--status", "only show it; the same as none of these").conflicts([
        "pause",
        "resume",
        "revert",
      ]),
    )
    .addOption(new Option("--pause", "make no further machine of it").conflicts(["resume", "revert"]))
    .addOption(new Option("--resume", "go on, or try again what was taken back").conflicts("revert"))
    .addOption(new Option("--revert", "go back to the last good generation"))
    .option("--json", "as one JSON object: {pool, rollout}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool rollout ci", "how far it is, and what it waits for"],
        ["hvpool pool rollout ci --pause", "leave machines as they are for now"],
        ["hvpool pool rollout ci --resume", "go on, or try again after mending"],
        ["hvpool pool rollout ci --revert --json", "back to the last good one, for programs"],
      ]) +
        "\n\nOne machine tries a changed configuration first; after its first job the others follow, idle ones only. " +
        "Machines with a job are left alone. Asking for what already is is no error; with nothing rolled out, " +
        "everything but --status ends with exit code 1.",
    )
    .action(async (name, { json = false, pause, resume, revert }) => {
      const { output } = invocation;
      const client = Client.forDataDir(await locateDataDir(invocation), { name: "hvpool pool rollout" });
      const action = pause ? "pause" : resume ? "resume" : revert ? "revert" : undefined;
      const answer = action === undefined
        ? await lookedUp(client, name)
        : await client.rollout({ pool: name, action });
      if (json) return output.out(JSON.stringify(answer));
      const { pool, rollout } = answer;
      if (rollout === null) return output.out(`Nothing is rolled out in pool ${pool}.`);
      output.out(rolloutLine({ pool, rollout }, { colors: output.colors, now: Date.now() }));
      if (action !== undefined) output.err(done(action, { pool, rollout }));
      const advice = rolloutAdvice({ pool, rollout });
      if (advice !== undefined) output.err(advice);
    });
}

/** The rollout of a pool as the status has it. */
async function lookedUp(
  client: Client,
  name: string,
): Promise<Pick<RolloutAnswer, "pool"> & { readonly rollout: RolloutAnswer["rollout"] | null }> {
  const { pools } = await client.status();
  const pool = pools.find((one) => one.name === name);
  if (pool !== undefined) return { pool: name, rollout: pool.rollout };
  const names = pools.map((one) => one.name).join(", ");
  throw new CliError(`There is no pool "${name}". There is: ${names}.`, EXIT.failed);
}

function done(action: RolloutActionName, { pool, rollout }: RolloutAnswer): string {
  const { to, from } = rollout;
  switch (action) {
    case "pause":
      return `Generation ${to} is paused: pool ${pool} makes no further machine of it.`;
    case "resume":
      return `Generation ${to} goes on in pool ${pool}.`;
    case "revert":
      return `Pool ${pool} goes back to generation ${from}. Machines with a job finish it first.`;
    default:
      return action satisfies never;
  }
}
