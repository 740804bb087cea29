/**
 * `hvpool lease acquire|list|show|heartbeat|extend|pause|resume|reset|checkpoint|restore|release|force-release`
 */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { defineAcquire } from "./lease/acquire.ts";
import { defineCheckpoint, definePause, defineReset, defineRestore, defineResume } from "./lease/change.ts";
import { defineExtend } from "./lease/extend.ts";
import { defineHeartbeat } from "./lease/heartbeat.ts";
import { defineList } from "./lease/list.ts";
import { defineForceRelease, defineRelease } from "./lease/release.ts";
import { defineShow } from "./lease/show.ts";

/** Hands out machines of agent pools. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool lease acquire --pool desktops", "a machine, as soon as one is free"],
      ["hvpool lease heartbeat l-0123…", "its holder is still there"],
      ["hvpool lease extend l-0123… --ttl 4h", "longer, counted from its beginning"],
      ["hvpool lease pause l-0123…", "saved until hvpool lease resume: it holds no memory"],
      ["hvpool lease checkpoint l-0123… before", "hvpool lease restore goes back to it"],
      ["hvpool lease release l-0123…", "done with it"],
      ["hvpool lease list", "who has what, and who waits"],
      ["hvpool lease force-release l-0123… --reason reboot", "take it away"],
    ]) +
      "\n\nA lease is a right to one machine, for one holder at a time. It ends when it is released, when nothing is " +
      "heard of its holder for its idle time, or after its total time. Its token opens this lease and nothing else: a " +
      "holder gives it with --token, and every command with it is a heartbeat.",
  );
  defineAcquire(command.command("acquire"), invocation);
  defineList(command.command("list"), invocation);
  defineShow(command.command("show"), invocation);
  defineHeartbeat(command.command("heartbeat"), invocation);
  defineExtend(command.command("extend"), invocation);
  definePause(command.command("pause"), invocation);
  defineResume(command.command("resume"), invocation);
  defineReset(command.command("reset"), invocation);
  defineCheckpoint(command.command("checkpoint"), invocation);
  defineRestore(command.command("restore"), invocation);
  defineRelease(command.command("release"), invocation);
  defineForceRelease(command.command("force-release"), invocation);
}
