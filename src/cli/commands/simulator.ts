/** `hvpool simulator` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseListen } from "../../config/check/address.ts";
import { examples } from "../options/examples.ts";
import type { Invocation } from "../invocation.ts";
import { parseDuration } from "../options/duration.ts";
import { positiveNumber, wholeNumber } from "../options/values.ts";

/** Runs the simulated host and GitHub in a process of their own. */
export function define(command: Command, invocation: Invocation): void {
  command
    .addOption(
      new Option("--listen <address>", "where it is reached; port 0 takes a free one")
        .argParser(listenValue).default({ host: "127.0.0.1", port: 0 }, "127.0.0.1:0"),
    )
    .option("--seed <number>", "makes latencies and faults repeatable", wholeNumber(0, 0xffff_ffff))
    .option("--speed <factor>", "divides host and guest latencies; durations of jobs stay", positiveNumber)
    .option("--latency <call=ms>", "time that one call takes; may be repeated", latencyValue)
    .addHelpText(
      "after",
      examples([
        ["hvpool simulator --listen 127.0.0.1:7500", "for a configuration with debug.simulator"],
        ["hvpool simulator --seed 7 --speed 10", "repeatable, and ten times as fast"],
        ["hvpool simulator --latency vm.create=500", "creating a VM takes half a second"],
      ]) + "\n\nIt prints one JSON line with its addresses; `listen` is what debug.simulator takes.\n\n" +
        "What an image is, the path of its disk tells, here and with debug.use_mock: with `desktop` or `agent` in it an " +
        "account logs on and a desktop comes up, which machines of agent pools wait for; with `locks`, too, the desktop " +
        "stays locked; with `no-loader` the loader is not in it; with `missing` or `absent` there is no such disk.",
    )
    .action(async ({ listen, seed, speed, latency }) => {
      const { output, signals } = invocation;
      const { runSimulator } = await invocation.programs();
      invocation.exit(
        await runSimulator({
          listen,
          ...(seed === undefined ? {} : { seed }),
          ...(speed === undefined ? {} : { speed }),
          latencies: latency ?? {},
          output,
          signals,
        }),
      );
    });
}

function listenValue(text: string): { host: string; port: number } {
  const parsed = parseListen(text);
  if ("port" in parsed) return parsed;
  throw new InvalidArgumentError(`${parsed.message}.`);
}

function latencyValue(
  text: string,
  before: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const [, call, time = ""] = /^([A-Za-z]+(?:\.[A-Za-z]+)?)=(.+)$/.exec(text) ?? [];
  const ms = /^\d{1,9}$/.test(time) ? Number(time) : parseDuration(time);
  if (call === undefined || ms === undefined) {
    throw new InvalidArgumentError("Expected a call and its milliseconds, such as vm.create=500.");
  }
  return { ...before, [call]: ms };
}
