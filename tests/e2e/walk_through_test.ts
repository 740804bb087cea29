/** The walk-through of docs/leases.md, command by command as it stands there, with the answers that it shows. */
import assert from "node:assert/strict";
import { z } from "zod";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

const PAGE = new URL("../../docs/leases.md", import.meta.url);

/** A command of the page, and the lines that it shows. */
interface Shown {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

/** The commands between the two marks of the page. */
function commandsOf(page: string): Shown[] {
  const part = page.split("<!-- walk-through:")[1]?.split("<!-- end of the walk-through -->")[0] ?? "";
  const blocks = [...part.matchAll(/```console\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  return blocks.flatMap((text) =>
    text.split(/^\$ hvpool /m).slice(1).map((shown) => {
      const [command = "", ...lines] = shown.trimEnd().split("\n");
      return { args: command.split(" "), lines };
    })
  );
}

/** What is another one each time: ids, tokens, times, addresses. */
const CHANGING: readonly (readonly [shown: RegExp, anything: string])[] = [
  [/l-[a-z0-9]{26}/g, "l-[a-z0-9]{26}"],
  [/hvl_…/g, "hvl_[\\w-]{43}"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "[0-9a-f-]{36}"],
  [/\b\d{1,3}(?:\\\.\d{1,3}){3}\b/g, "\\d+(?:\\.\\d+){3}"],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d"],
  [/\bfor \d+s\b/g, "for \\d+s"],
  [/ {2,}/g, " +"],
];

/** A line of the page, for what is printed really. */
function shapeOf(line: string): RegExp {
  const literal = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const shape = CHANGING.reduce((text, [shown, anything]) => text.replace(shown, () => anything), literal);
  return new RegExp(`^${shape}$`, "m");
}

Deno.test("the walk-through of the page on leases is what happens, and the second holder finds nothing of the first", async () => {
  const commands = commandsOf(await Deno.readTextFile(PAGE));
  assert.deepEqual(commands.map(({ args }) => args.slice(0, 2).join(" ")), [
    "template register",
    "pool create",
    "lease acquire",
    "lease heartbeat",
    "lease release",
    "lease acquire",
  ]);
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 7, speed: 40 });
  const config = await scratch.write("config.yaml", configuration(simulator.listen, { pools: [] }));
  await using controller = new ControllerProcess(config, scratch.at("data"));
  await controller.untilStatus("it answers", () => true);

  const mark = async (vm: string, name: string) =>
    z.object({ seen: z.array(z.string()) }).parse(await simulator.host({ do: "mark", vm, name })).seen;
  let lease: { readonly id: string; readonly token: string; readonly vmId: string } | undefined;
  for (const { args, lines } of commands) {
    // The page's lease is this one.
    const real = args.map((arg) => /^l-[a-z0-9]{26}$/.test(arg) ? lease?.id ?? arg : arg);
    await using command = new HvpoolProcess([...real, "--data-dir", scratch.at("data")], {
      env: lease === undefined ? {} : { LEASE_TOKEN: lease.token },
    });
    const { code, out, err } = await command.end();
    assert.equal(code, 0, `${real.join(" ")}: ${err}`);
    for (const line of lines) {
      assert.match(`${out}\n${err}`, shapeOf(line), `${real.join(" ")} says ${out}${err}`);
    }
    if (args[1] !== "acquire") continue;
    const [id = "", token = "", vmId = ""] = [/\bl-[a-z0-9]{26}\b/, /\bhvl_[\w-]{43}/, /\b[0-9a-f-]{36}\b/]
      .map((one) => one.exec(out)?.[0] ?? "");
    assert.deepEqual(await mark(vmId, id), [], "somebody's file is in it");
    if (lease !== undefined) assert.equal(vmId, lease.vmId, "there is one machine, and it was made anew");
    lease = { id, token, vmId };
  }
});
