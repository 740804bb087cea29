import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { served, TOKEN } from "../api/testing/served.ts";
import { SAMPLE_IMAGE, SAMPLE_STATUS } from "../api/testing/fake_operations.ts";
import type { EngineCounts } from "../ports/engine_counts.ts";
import type { HostPort } from "../ports/host.ts";
import type { ImageStatus } from "../model/status.ts";
import type { ControllerFigures } from "../ports/metrics.ts";
import { meteredHost } from "./metrics_host.ts";
import { metricsPage, type MetricsSources } from "./metrics.ts";
import { FAMILIES, familiesReference, type FamilyName } from "./metrics_table.ts";
import { escapeHelp, MetricsText, numberText } from "./metrics_text.ts";
import { type Family, parseMetrics, sumOf, valueOf } from "./testing/parse_metrics.ts";

const FIGURES: ControllerFigures = {
  starts: 3,
  seq: 120,
  lateAnswers: 1,
  cycles: [{ pool: "linux", phase: "online", count: 1 }, { pool: "linux", phase: "booting", count: 1 }],
  lanes: [{ lane: "vm", inFlight: 2, limit: 4 }],
  resumeFailures: [{ pool: "linux", rung: 1, count: 2 }, { pool: "linux", rung: 2, count: 1 }],
  vmsListedAt: Date.parse("2026-03-01T10:00:00.500Z"),
};

const COUNTS: EngineCounts = {
  starts: 5,
  failedStarts: 1,
  kills: 1,
  deaths: 2,
  outsideEnds: 1,
  alive: 2,
  leftovers: 4,
  noiseLines: 7,
  halfLines: 1,
  longLines: 0,
  readBytes: 20_000_000,
  processes: {
    query: { starts: 4, failedStarts: 1, kills: 1, deaths: 2, outsideEnds: 1, alive: 1 },
    watch: { starts: 1, failedStarts: 0, kills: 0, deaths: 0, outsideEnds: 0, alive: 1 },
  },
  calls: { "vm.list": { sent: 9, failed: 1, unknown: 3, late: 1, answeredMs: 50 } },
};

/** An image of which everything is known. */
const IMAGE: ImageStatus = {
  ...SAMPLE_IMAGE,
  builtAt: "2026-02-20T10:00:00.000Z",
  runner: "2.336.0",
  runnerLatest: "2.340.0",
  outdatedSince: "2026-03-01T09:00:00.500Z",
  expiresAt: "2026-05-20T10:00:00.000Z",
};

/** The one pool with an image. */
function statusWith(image: Partial<ImageStatus>): typeof SAMPLE_STATUS {
  return {
    ...SAMPLE_STATUS,
    pools: SAMPLE_STATUS.pools.map((pool) => ({ ...pool, image: { ...IMAGE, ...image } })),
  };
}

/** A host that answers `bridge.ping` as its text says. */
function playedHost(): HostPort {
  return {
    call(name, args) {
      const how = "echo" in args ? args.echo : "";
      const message = `${name} did not go well`;
      if (how === "fail") return Promise.resolve({ outcome: "failed", code: "busy", message });
      return Promise.resolve({ outcome: "unknown", message });
    },
    watch: () => () => {},
    close: () => Promise.resolve(),
  };
}

async function sources(over: Partial<MetricsSources> = {}): Promise<MetricsSources> {
  const { host, calls } = meteredHost(playedHost());
  for (const echo of ["fail", "fail", "be silent"]) await host.call("bridge.ping", { echo });
  return {
    version: "0.1.0",
    status: () => statusWith({}),
    now: () => Date.parse("2026-03-01T10:00:00.500Z"),
    figures: () => FIGURES,
    commits: () => 11,
    hostCalls: calls,
    engine: { counts: () => COUNTS },
    ...over,
  };
}

/** The page as it comes over HTTP. */
async function scraped(from: MetricsSources): Promise<Map<string, Family>> {
  let families = new Map<string, Family>();
  await served(async ({ address }) => {
    const response = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    families = parseMetrics(await response.text());
  }, { metrics: metricsPage(from) });
  return families;
}

Deno.test("metricsPage() tells every family of the table, each with its labels", async () => {
  const families = await scraped(await sources());
  assert.deepEqual([...families.keys()], Object.keys(FAMILIES));
  for (const { name, type, help, samples } of families.values()) {
    const row = FAMILIES[name as FamilyName];
    assert.deepEqual([type, help], [row.type, row.help]);
    for (const { labels: { le: _, ...labels } } of samples) {
      assert.deepEqual(Object.keys(labels).toSorted(), [...row.labels].toSorted(), name);
    }
  }
});

Deno.test("metricsPage() says what status, journal, GitHub and workers say", async () => {
  const families = await scraped(await sources());
  const value = (name: FamilyName, labels = {}) => valueOf(families, name, labels);
  const pool = "linux";
  assert.equal(value("hvpool_pool_size", { pool }), 2);
  assert.equal(value("hvpool_pool_ready", { pool }), 1);
  assert.equal(value("hvpool_pool_claimed", { pool }), 0);
  assert.equal(value("hvpool_pool_starting", { pool }), 1);
  assert.equal(value("hvpool_image_built_timestamp_seconds", { pool }), 1_771_581_600);
  assert.equal(value("hvpool_image_outdated_seconds", { pool }), 3_600);
  assert.equal(value("hvpool_image_licence_expires_timestamp_seconds", { pool }), 1_779_271_200);
  assert.equal(value("hvpool_runner_info", { pool, version: "2.336.0", latest: "2.340.0" }), 1);
  assert.equal(value("hvpool_resume_failures_total", { pool, rung: "1" }), 2);
  assert.equal(value("hvpool_resume_failures_total", { pool, rung: "2" }), 1);
  assert.equal(value("hvpool_cycles", { pool, phase: "booting" }), 1);
  assert.equal(value("hvpool_controller_state", { state: "running" }), 1);
  assert.equal(sumOf(families, "hvpool_controller_state"), 1);
  assert.equal(value("hvpool_controller_starts_total"), 3);
  assert.equal(value("hvpool_operations_in_flight", { lane: "vm" }), 2);
  assert.equal(value("hvpool_lane_limit", { lane: "vm" }), 4);
  assert.equal(value("hvpool_late_answers_total"), 1);
  assert.equal(value("hvpool_journal_seq"), 120);
  assert.equal(value("hvpool_journal_commits_total"), 11);
  assert.equal(value("hvpool_host_listed_timestamp_seconds"), 1_772_359_200.5);
  assert.equal(value("hvpool_github_up"), 1);
  assert.equal(value("hvpool_github_rate_limit"), 5000);
  assert.equal(value("hvpool_github_rate_remaining"), 4990);
  assert.equal(value("hvpool_github_rate_reset_timestamp_seconds"), 1_772_362_800);
  assert.equal(value("hvpool_workers", { kind: "watch" }), 1);
  assert.equal(value("hvpool_worker_starts_total", { kind: "query" }), 4);
  assert.equal(value("hvpool_worker_failed_starts_total", { kind: "query" }), 1);
  assert.equal(value("hvpool_worker_kills_total", { kind: "query" }), 1);
  assert.equal(value("hvpool_worker_deaths_total", { kind: "query", cause: "outside" }), 1);
  assert.equal(value("hvpool_worker_deaths_total", { kind: "query", cause: "crash" }), 1);
  assert.equal(value("hvpool_worker_leftovers_total"), 4);
  assert.equal(value("hvpool_worker_calls_total", { call: "vm.list" }), 9);
  assert.equal(value("hvpool_worker_calls_lost_total", { call: "vm.list", cause: "limit" }), 1);
  assert.equal(value("hvpool_worker_calls_lost_total", { call: "vm.list", cause: "end" }), 2);
  assert.equal(value("hvpool_worker_unread_lines_total", { cause: "noise" }), 7);
  assert.equal(value("hvpool_worker_unread_lines_total", { cause: "half" }), 1);
  assert.equal(value("hvpool_worker_read_bytes_total"), 20_000_000);
});

Deno.test("metricsPage() leaves out what is not known, and workers where there are none", async () => {
  const { engine: _, ...rest } = await sources({
    status: () => ({
      ...statusWith({ builtAt: null, runner: null, outdatedSince: null, expiresAt: null }),
      github: { state: "unknown", rate: null },
    }),
    figures: () => ({ ...FIGURES, resumeFailures: [], vmsListedAt: undefined }),
  });
  const families = await scraped(rest);
  const left = Object.keys(FAMILIES).filter((name) => !families.has(name));
  assert.deepEqual(left.filter((name) => !/^hvpool_worker/.test(name)), [
    "hvpool_image_built_timestamp_seconds",
    "hvpool_image_outdated_seconds",
    "hvpool_image_licence_expires_timestamp_seconds",
    "hvpool_runner_info",
    "hvpool_resume_failures_total",
    "hvpool_github_up",
    "hvpool_github_rate_limit",
    "hvpool_github_rate_remaining",
    "hvpool_github_rate_reset_timestamp_seconds",
    "hvpool_host_listed_timestamp_seconds",
  ]);
  assert.equal([...families.keys()].some((name) => /^hvpool_worker/.test(name)), false);
});

Deno.test("metricsPage() says of a runner what is known: the newest is 0 s old, and nothing before that is told", async () => {
  const families = async (image: Partial<ImageStatus>) =>
    await scraped(await sources({ status: () => statusWith(image) }));
  const newest = await families({ runner: "2.340.0", outdatedSince: null });
  assert.equal(valueOf(newest, "hvpool_image_outdated_seconds", { pool: "linux" }), 0);
  const untold = await families({ runnerLatest: null, outdatedSince: null });
  assert.equal(untold.has("hvpool_image_outdated_seconds"), false);
  assert.equal(valueOf(untold, "hvpool_runner_info", { pool: "linux", version: "2.336.0", latest: "" }), 1);
  const ahead = await families({ outdatedSince: "2026-03-02T00:00:00.000Z" });
  assert.equal(
    valueOf(ahead, "hvpool_image_outdated_seconds", { pool: "linux" }),
    0,
    "a clock that was put back",
  );
});

Deno.test("metricsPage() says 0 while GitHub fails", async () => {
  const github = { state: "failing", why: "no connection", rate: null } as const;
  const families = await scraped(await sources({ status: () => ({ ...SAMPLE_STATUS, github }) }));
  assert.equal(valueOf(families, "hvpool_github_up"), 0);
});

Deno.test("meteredHost() counts calls by outcome and class, and how long they took", async () => {
  const families = await scraped(await sources());
  const call = "bridge.ping";
  const failed = { call, outcome: "failed", code: "busy" };
  assert.equal(valueOf(families, "hvpool_host_calls_total", failed), 2);
  assert.equal(valueOf(families, "hvpool_host_calls_total", { call, outcome: "unknown", code: "" }), 1);
  assert.equal(valueOf(families, "hvpool_host_call_duration_seconds_count", { call }), 3);
  assert.equal(valueOf(families, "hvpool_host_call_duration_seconds_bucket", { call, le: "+Inf" }), 3);
});

Deno.test("MetricsText puts a duration into the first bucket that holds it, and adds buckets up", () => {
  const page = new MetricsText();
  const durations = { boundsSeconds: [0.1, 1], counts: [2, 0, 3], sumSeconds: 90.5 };
  page.addDurations("hvpool_host_call_duration_seconds", durations, { call: "vm.list" });
  const lines = String(page).split("\n").filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines, [
    'hvpool_host_call_duration_seconds_bucket{call="vm.list",le="0.1"} 2',
    'hvpool_host_call_duration_seconds_bucket{call="vm.list",le="1"} 2',
    'hvpool_host_call_duration_seconds_bucket{call="vm.list",le="+Inf"} 5',
    'hvpool_host_call_duration_seconds_sum{call="vm.list"} 90.5',
    'hvpool_host_call_duration_seconds_count{call="vm.list"} 5',
    "",
  ]);
});

Deno.test("any text comes back from a label and from HELP as it was", () => {
  const sign = fc.oneof(
    fc.constantFrom("\\", '"', "\n", "\r", "{", "}", ",", "=", "#", " ", "n"),
    fc.string(),
  );
  const anyText = fc.array(sign).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.uniqueArray(anyText, { minLength: 1, maxLength: 5 }), (names) => {
    const page = new MetricsText();
    names.forEach((pool, i) => page.add("hvpool_pool_ready", i, { pool }));
    const families = parseMetrics(String(page));
    names.forEach((pool, i) => assert.equal(valueOf(families, "hvpool_pool_ready", { pool }), i));
    const [help = ""] = names;
    const text = `# HELP a ${escapeHelp(help)}\n# TYPE a gauge\na 1\n`;
    assert.equal(parseMetrics(text).get("a")?.help, help);
  }));
});

Deno.test("numberText() writes any number so that it is read as the same", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    const page = parseMetrics(`# HELP a A.\n# TYPE a gauge\na ${numberText(value)}\n`);
    assert.equal(valueOf(page, "a"), Object.is(value, -0) ? 0 : value);
  }));
});

Deno.test("docs/metrics.md lists every family as the table has it", async () => {
  const page = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const cells = (text: string) =>
    text.split("\n").filter((line) => line.startsWith("|") && !/^\|[ -]*-/.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(cells(page.replaceAll("\r\n", "\n")), cells(familiesReference()));
});
