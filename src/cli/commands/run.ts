/** `hvpool run` */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../options/examples.ts";
import type { Invocation } from "../invocation.ts";
import { locateConfig } from "../options/locate.ts";
import { VERSION } from "../version.ts";

/** Runs the controller until it is stopped. */
export function define(command: Command, invocation: Invocation): void {
  command
    .addHelpText(
      "after",
      examples([
        ["hvpool run", "with config.yaml in this directory"],
        ["hvpool run -c C:\\hvpool\\config.yaml", "with another configuration"],
        ["hvpool run -c test.yaml --data-dir D:\\hvpool-test", "beside another hvpool on the same machine"],
      ]) + "\n\nCtrl+C ends it: machines with jobs go on, and the next start finds them again.",
    )
    .action(async () => {
      const configFile = await locateConfig(invocation);
      const { dataDir } = invocation.shared();
      const { output, signals } = invocation;
      const { runDaemon } = await invocation.programs();
      invocation.exit(
        await runDaemon({
          configFile,
          ...(dataDir === undefined ? {} : { dataDir }),
          version: VERSION,
          output,
          signals,
        }),
      );
    });
}
