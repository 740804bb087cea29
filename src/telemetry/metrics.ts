/** What hvpool tells in numbers, gathered anew for each page. */
import type { EngineCounts, EngineMetrics } from "../ports/engine_counts.ts";
import type { ControllerFigures, HostCallMetrics, MetricsPage } from "../ports/metrics.ts";
import type { Operations } from "../ports/operations.ts";
import { MetricsText } from "./metrics_text.ts";

type Status = ReturnType<Operations["status"]>;

/** Where the numbers come from. */
export interface MetricsSources {
  readonly version: string;
  readonly status: () => Status;
  readonly figures: () => ControllerFigures;
  /** Commits since the process started. */
  readonly commits: () => number;
  /** Milliseconds since the epoch. @default the system's clock */
  readonly now?: () => number;
  readonly hostCalls: HostCallMetrics;
  /** Workers, where there are any; without them their families are absent. */
  readonly engine?: EngineMetrics;
}

const STATES: readonly Status["controller"]["state"][] = ["starting", "running", "stopping", "draining"];

/** Makes the page. */
export function metricsPage(sources: MetricsSources): MetricsPage {
  return {
    text() {
      const page = new MetricsText();
      const status = sources.status();
      addProcess(page, sources.version);
      addController(page, sources.figures(), status, sources.commits());
      addPools(page, status);
      addImages(page, status, (sources.now ?? Date.now)());
      addGithub(page, status);
      addHostCalls(page, sources.hostCalls);
      if (sources.engine !== undefined) addWorkers(page, sources.engine.counts());
      return page.toString();
    },
  };
}

function addProcess(page: MetricsText, version: string): void {
  const { rss, heapUsed } = Deno.memoryUsage();
  page.add("hvpool_build_info", 1, { version, os: Deno.build.os, arch: Deno.build.arch });
  page.add("process_start_time_seconds", performance.timeOrigin / 1000, {});
  page.add("process_resident_memory_bytes", rss, {});
  page.add("hvpool_heap_used_bytes", heapUsed, {});
}

function addController(page: MetricsText, figures: ControllerFigures, status: Status, commits: number): void {
  page.add("hvpool_controller_starts_total", figures.starts, {});
  for (const state of STATES) {
    page.add("hvpool_controller_state", state === status.controller.state ? 1 : 0, { state });
  }
  for (const { pool, phase, count } of figures.cycles) page.add("hvpool_cycles", count, { pool, phase });
  for (const { lane, inFlight, limit } of figures.lanes) {
    page.add("hvpool_operations_in_flight", inFlight, { lane });
    page.add("hvpool_lane_limit", limit, { lane });
  }
  for (const { pool, rung, count } of figures.resumeFailures) {
    page.add("hvpool_resume_failures_total", count, { pool, rung: String(rung) });
  }
  page.add("hvpool_late_answers_total", figures.lateAnswers, {});
  page.add("hvpool_journal_seq", figures.seq, {});
  page.add("hvpool_journal_commits_total", commits, {});
  if (figures.vmsListedAt !== undefined) {
    page.add("hvpool_host_listed_timestamp_seconds", figures.vmsListedAt / 1000, {});
  }
}

function addPools(page: MetricsText, { pools }: Status): void {
  for (const { name: pool, size, ready, claimed, standby, parked, off, queued, starting, failed } of pools) {
    page.add("hvpool_pool_size", size, { pool });
    page.add("hvpool_pool_ready", ready, { pool });
    page.add("hvpool_pool_claimed", claimed, { pool });
    page.add("hvpool_pool_standby", standby, { pool });
    page.add("hvpool_pool_parked", parked, { pool });
    page.add("hvpool_pool_off", off, { pool });
    page.add("hvpool_pool_queued", queued, { pool });
    page.add("hvpool_pool_starting", starting, { pool });
    page.add("hvpool_pool_failed", failed, { pool });
  }
}

/** What is not known of an image is left out. */
function addImages(page: MetricsText, { pools }: Status, nowMs: number): void {
  for (const { name: pool, image: { builtAt, runner, runnerLatest, outdatedSince, expiresAt } } of pools) {
    if (builtAt !== null) page.add("hvpool_image_built_timestamp_seconds", seconds(builtAt), { pool });
    if (runner !== null && runnerLatest !== null) {
      const behindSeconds = outdatedSince === null ? 0 : Math.max(0, nowMs / 1000 - seconds(outdatedSince));
      page.add("hvpool_image_outdated_seconds", behindSeconds, { pool });
    }
    if (expiresAt !== null) {
      page.add("hvpool_image_licence_expires_timestamp_seconds", seconds(expiresAt), { pool });
    }
    if (runner !== null) {
      page.add("hvpool_runner_info", 1, { pool, version: runner, latest: runnerLatest ?? "" });
    }
  }
}

function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}

function addGithub(page: MetricsText, { github: { state, rate } }: Status): void {
  if (state !== "unknown") page.add("hvpool_github_up", state === "ok" ? 1 : 0, {});
  if (rate === null) return;
  page.add("hvpool_github_rate_limit", rate.limit, {});
  page.add("hvpool_github_rate_remaining", rate.remaining, {});
  page.add("hvpool_github_rate_reset_timestamp_seconds", Date.parse(rate.reset) / 1000, {});
}

function addHostCalls(page: MetricsText, calls: HostCallMetrics): void {
  for (const { call, outcome, code, count } of calls.ended()) {
    page.add("hvpool_host_calls_total", count, { call, outcome, code });
  }
  for (const [call, durations] of calls.durations()) {
    page.addDurations("hvpool_host_call_duration_seconds", durations, { call });
  }
}

function addWorkers(page: MetricsText, counts: EngineCounts): void {
  for (const [kind, of] of Object.entries(counts.processes)) {
    page.add("hvpool_workers", of.alive, { kind });
    page.add("hvpool_worker_starts_total", of.starts, { kind });
    page.add("hvpool_worker_failed_starts_total", of.failedStarts, { kind });
    page.add("hvpool_worker_kills_total", of.kills, { kind });
    page.add("hvpool_worker_deaths_total", of.outsideEnds, { kind, cause: "outside" });
    page.add("hvpool_worker_deaths_total", of.deaths - of.outsideEnds, { kind, cause: "crash" });
  }
  for (const [call, { sent, unknown, late }] of Object.entries(counts.calls)) {
    page.add("hvpool_worker_calls_total", sent, { call });
    page.add("hvpool_worker_calls_lost_total", late, { call, cause: "limit" });
    page.add("hvpool_worker_calls_lost_total", unknown - late, { call, cause: "end" });
  }
  page.add("hvpool_worker_leftovers_total", counts.leftovers, {});
  page.add("hvpool_worker_unread_lines_total", counts.noiseLines, { cause: "noise" });
  page.add("hvpool_worker_unread_lines_total", counts.halfLines, { cause: "half" });
  page.add("hvpool_worker_unread_lines_total", counts.longLines, { cause: "long" });
  page.add("hvpool_worker_read_bytes_total", counts.readBytes, {});
}
