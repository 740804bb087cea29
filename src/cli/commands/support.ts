/** `hvpool support bundle` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { defineBundle } from "./support/bundle.ts";

/** Helps those who help. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([["hvpool support bundle", "everything that somebody needs who is asked for help, in one zip"]]),
  );
  defineBundle(command.command("bundle"), invocation);
}
