/** `hvpool pool list|show|create|delete|pause|resume|resize|rollout` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { definePause, defineResume } from "./pool/cordon.ts";
import { defineCreate } from "./pool/create.ts";
import { defineDelete } from "./pool/delete.ts";
import { defineList } from "./pool/list.ts";
import { defineResize } from "./pool/resize.ts";
import { defineRollout } from "./pool/rollout.ts";
import { defineShow } from "./pool/show.ts";

/** Looks after single pools, and makes those that are in no configuration. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool pool list", "all pools, and who paused or drained them"],
      ["hvpool pool create --name desktops --template win11 --count 6 --wait", "an agent pool, now"],
      ["hvpool pool pause ci", "no further machine; those that are there stay"],
      ["hvpool pool resize ci 8", "another size, until the configuration says another one"],
      ["hvpool pool rollout ci", "how far the new generation of a pool's machines is"],
      ["hvpool pool rollout ci --revert", "back to the last good one"],
    ]) + "\n\n`hvpool drain --pool NAME` removes idle machines, too.",
  );
  defineList(command.command("list"), invocation);
  defineShow(command.command("show"), invocation);
  defineCreate(command.command("create"), invocation);
  defineDelete(command.command("delete"), invocation);
  definePause(command.command("pause"), invocation);
  defineResume(command.command("resume"), invocation);
  defineResize(command.command("resize"), invocation);
  defineRollout(command.command("rollout"), invocation);
}
