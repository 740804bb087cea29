/** `GET /metrics` of `hvpool run` over the stdio door: what happens to workers shows in numbers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { NO_STAND_IN } from "../../src/hyperv/testing/stand_in.ts";
import { sumOf, valueOf } from "../../src/telemetry/testing/parse_metrics.ts";
import { ControllerProcess } from "../e2e/support/controller_process.ts";
import { Scratch } from "../e2e/support/scratch.ts";
import { SimulatorProcess } from "../e2e/support/simulator_process.ts";
import { until } from "../e2e/support/until.ts";
import { type Page, scrape } from "./scrape.ts";
import { writeStdioConfiguration } from "./stdio_configuration.ts";

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it has just ended
  }
}

/** Waits until the page is as wished. */
async function untilPage(what: string, dataDir: string, wished: (page: Page) => boolean): Promise<Page> {
  let last: Page | undefined;
  return await until(what, async () => {
    last = await scrape(dataDir);
    return wished(last) ? last : undefined;
  }, { withinS: 90, detail: () => JSON.stringify([...last?.values() ?? []].map(({ samples }) => samples)) });
}

Deno.test({
  name: "metrics of a pool show its workers, one that somebody ended, and one that hung and was ended",
  ignore: NO_STAND_IN,
  async fn() {
    await using scratch = await Scratch.make();
    await using simulator = await SimulatorProcess.start({ speed: 40 });
    const file = await writeStdioConfiguration(scratch, simulator, 2);
    const dataDir = scratch.at("data");
    await using controller = new ControllerProcess(file, dataDir);
    await controller.untilFull();

    const full = await scrape(dataDir);
    assert.equal(valueOf(full, "hvpool_pool_ready", { pool: "runners" }), 2);
    assert.equal(valueOf(full, "hvpool_cycles", { pool: "runners", phase: "online" }), 2);
    assert.equal(valueOf(full, "hvpool_github_up"), 1);
    assert.equal(valueOf(full, "hvpool_controller_starts_total"), 1);
    assert.ok(sumOf(full, "hvpool_journal_commits_total") > 0);
    assert.equal(valueOf(full, "hvpool_host_calls_total", { call: "vm.create", outcome: "ok", code: "" }), 2);
    assert.equal(valueOf(full, "hvpool_host_call_duration_seconds_count", { call: "vm.create" }), 2);
    assert.equal(valueOf(full, "hvpool_worker_calls_total", { call: "vm.create" }), 2);
    assert.equal(valueOf(full, "hvpool_workers", { kind: "watch" }), 1);
    assert.ok(sumOf(full, "hvpool_worker_starts_total", { kind: "vm" }) > 0);
    assert.equal(sumOf(full, "hvpool_worker_deaths_total"), 0);
    assert.equal(sumOf(full, "hvpool_worker_calls_lost_total", { cause: "limit" }), 0);

    for (const { name } of Deno.readDirSync(join(dataDir, "workers"))) kill(Number.parseInt(name));
    const ended = await untilPage("their ends are counted, and others work", dataDir, (page) => {
      return sumOf(page, "hvpool_worker_deaths_total", { cause: "outside" }) >= 2 &&
        valueOf(page, "hvpool_workers", { kind: "watch" }) === 1 &&
        sumOf(page, "hvpool_workers", { kind: "query" }) > 0 &&
        sumOf(page, "hvpool_worker_starts_total") > sumOf(full, "hvpool_worker_starts_total");
    });
    assert.equal(sumOf(ended, "hvpool_worker_kills_total"), 0);

    await simulator.fault({ call: "vm.list", kind: "hang", times: 1 });
    const call = "vm.list";
    const hung = await untilPage("the worker that hung was ended", dataDir, (page) => {
      return valueOf(page, "hvpool_worker_kills_total", { kind: "query" }) === 1;
    });
    assert.equal(valueOf(hung, "hvpool_worker_calls_lost_total", { call, cause: "limit" }), 1);
    await untilPage("the host is listed again", dataDir, (page) => {
      return sumOf(page, "hvpool_host_listed_timestamp_seconds") >
        sumOf(hung, "hvpool_host_listed_timestamp_seconds");
    });
    const { code, err } = await controller.stop();
    assert.equal(code, 0, err);
  },
});
