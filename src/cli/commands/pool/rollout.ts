/** `hvpool pool rollout` */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Client, RolloutActionName, RolloutAnswer } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { findPool } from "./find.ts";
import { rolloutAdvice, rolloutLine } from "../../view/rollout_text.ts";

/** Shows, stops, lets go on, promotes or takes back a new generation. */
export function defineRollout(command: Command, invocation: Invocation): void {
  command
    .description(
      "show a pool's new generation of machines, stop it, let it go on, promote it, or take it back",
    )
    .argument("<name>", "the pool")
    .addOption(
      new Option("--status", "only show it; the same as none of these").conflicts([
        "pause",
        "resume",
        "revert",
        "promote",
      ]),
    )
    .addOption(
      new Option("--pause", "make no further machine of it").conflicts(["resume", "revert", "promote"]),
    )
    .addOption(
      new Option("--resume", "go on, or try again what was taken back").conflicts(["revert", "promote"]),
    )
    .addOption(new Option("--revert", "go back to the last good generation").conflicts("promote"))
    .addOption(new Option("--promote", "let the others follow before the first machine had a job"))
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {pool, rollout}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool rollout ci", "how far it is, and what it waits for"],
        ["hvpool pool rollout ci --pause", "leave machines as they are for now"],
        ["hvpool pool rollout ci --resume", "go on, or try again after mending"],
        ["hvpool pool rollout ci --promote", "do not wait for a first job"],
        ["hvpool pool rollout ci --revert --json", "back to the last good one, for programs"],
      ]) +
        "\n\nOne machine tries a changed configuration first; after its first job the others follow, idle ones only. " +
        "Machines with a job are left alone. Asking for what already is is no error; with nothing rolled out, " +
        "everything but --status ends with exit code 1.",
    )
    .action(async (name, { json = false, pause, resume, revert, promote, ...options }) => {
      const { output } = invocation;
      const action = pause
        ? "pause"
        : resume
        ? "resume"
        : revert
        ? "revert"
        : promote
        ? "promote"
        : undefined;
      if (action === undefined && options.reason !== undefined) {
        throw new CliError("--reason goes with --pause, --resume, --revert or --promote.", EXIT.usage);
      }
      const client = await runningClient(invocation, "hvpool pool rollout");
      const answer = action === undefined
        ? await lookedUp(client, name)
        : await client.rollout({ pool: name, action, ...whyOf(options) });
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
  return { pool: name, rollout: findPool(await client.status(), name).rollout };
}

function done(action: RolloutActionName, { pool, rollout }: RolloutAnswer): string {
  const { to, from } = rollout;
  switch (action) {
    case "pause":
      return `Generation ${to} is paused: pool ${pool} makes no further machine of it.`;
    case "resume":
      return `Generation ${to} goes on in pool ${pool}.`;
    case "promote":
      return `Pool ${pool} follows to generation ${to}, idle machines first.`;
    case "revert":
      return `Pool ${pool} goes back to generation ${from}. Machines with a job finish it first.`;
    default:
      return action satisfies never;
  }
}
