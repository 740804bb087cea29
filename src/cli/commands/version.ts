/** `hvpool version` */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../options/examples.ts";
import type { Invocation } from "../invocation.ts";
import { VERSION } from "../version.ts";

/** Shows which hvpool this is. */
export function define(command: Command, { output }: Invocation): void {
  command
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool version", "for people"],
        ["hvpool version --json", "for programs and bug reports"],
      ]),
    )
    .action(({ json }) => {
      const { os, arch } = Deno.build;
      output.out(
        json
          ? JSON.stringify({ version: VERSION, deno: Deno.version.deno, os, arch })
          : `hvpool ${VERSION} (deno ${Deno.version.deno}, ${os} ${arch})`,
      );
    });
}
