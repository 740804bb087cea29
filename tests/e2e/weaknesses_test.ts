/** What a simulated plant cannot show of the weaknesses of hyperv-runner-pool and HyperV-Kube: who may ask a program. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { endpointSchema } from "../../src/api/schemas.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { present } from "./support/leftovers.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

Deno.test("the API is for this machine alone, wants its token, and lets no web page in", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, { runners: { pool_size: 1 } }),
  );
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  const endpoint = endpointSchema.parse(JSON.parse(await readFile(scratch.at("data/endpoint.json"), "utf8")));
  const base = new URL(endpoint.address);
  assert.equal(base.hostname, "127.0.0.1");
  for (
    const [method, path] of [["GET", "/v1/status"], ["POST", "/v1/stop"], ["POST", "/v1/drain"]] as const
  ) {
    const answer = await fetch(new URL(path, base), {
      method,
      headers: { origin: "https://elsewhere.invalid" },
      ...(method === "POST" ? { body: "{}" } : {}),
    });
    await answer.body?.cancel();
    assert.ok(answer.status === 401 || answer.status === 403, `${method} ${path}: ${answer.status}`);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
  assert.equal((await controller.status()).controller.state, "running");
});

for (const listen of ["0.0.0.0:7420", ":7420", "[::]:7420", "192.0.2.1:7420"]) {
  Deno.test(`an API that other machines would reach (${listen}) is refused before anything is made`, async () => {
    await using scratch = await Scratch.make();
    await using simulator = await SimulatorProcess.start({ speed: 40 });
    const file = await scratch.write("config.yaml", configuration(simulator.listen, { api: { listen } }));
    const { code, err } = await hvpool(["run", "-c", file, "--data-dir", scratch.at("data")]);
    assert.equal(code, 2, err);
    assert.match(err, /api\.listen/);
    assert.deepEqual(present(await simulator.truth()).vms, []);
  });
}
