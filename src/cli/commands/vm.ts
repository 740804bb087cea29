/** `hvpool vm list|info|console|resume|save|reset|prepare|stop|recreate|delete|hold|quarantine` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { defineConsole } from "./vm/console.ts";
import { defineHold } from "./vm/hold.ts";
import { defineInfo } from "./vm/info.ts";
import { defineList } from "./vm/list.ts";
import { defineQuarantine } from "./vm/quarantine.ts";
import { defineDestroy, defineRecreate } from "./vm/retire.ts";
import { defineStop, defineWish } from "./vm/wish.ts";

/** Looks after single machines. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool vm list --pool ci", "the machines of a pool"],
      ["hvpool vm info ci-1", "everything about one"],
      ["hvpool vm info ci-1 --evidence", "why it failed, and its last screen"],
      ["hvpool vm console desktops-1", "its screen"],
      ["hvpool vm resume desktops-1", "wake one of an agent pool; also save, reset, prepare, stop"],
      ["hvpool vm recreate ci-1", "make it anew, once its job has ended"],
      ["hvpool vm hold ci-1 --for 4h", "keep it after its job, to look at"],
      ["hvpool vm quarantine list", "those that are kept"],
    ]) +
      "\n\nA name means the machine that fills the slot now; a cycle id (<pool>/<slot>.<n>) means any, " +
      "also one in quarantine.",
  );
  defineList(command.command("list"), invocation);
  defineInfo(command.command("info"), invocation);
  defineConsole(command.command("console"), invocation);
  for (const verb of ["resume", "save", "reset", "prepare"] as const) {
    defineWish(command.command(verb), invocation, verb);
  }
  defineStop(command.command("stop"), invocation);
  defineRecreate(command.command("recreate"), invocation);
  defineDestroy(command.command("destroy"), invocation);
  defineHold(command.command("hold"), invocation);
  defineQuarantine(command.command("quarantine"), invocation);
}
