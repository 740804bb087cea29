/** A controller over a data directory that is held, with its API and the file that says where it is. */
import { serveApi } from "../api/server.ts";
import type { Config } from "../config/config.ts";
import { Controller, type Reread } from "../controller/controller.ts";
import { findEvents } from "../controller/event_query.ts";
import type { DataDir } from "../journal/datadir.ts";
import { removeEndpoint, writeEndpoint } from "../journal/endpoint.ts";
import type { Journal } from "../journal/journal.ts";
import { judgeJournal } from "../journal/journal_age.ts";
import { readOrCreateKey, tokenFile } from "../journal/secrets.ts";
import type { Beginning } from "../controller/turn.ts";
import type { State } from "../model/state.ts";
import type { Log } from "../ports/log.ts";
import { metricsPage } from "../telemetry/metrics.ts";
import { openEvidence } from "./evidence/evidence.ts";
import { evidenceDirectory } from "./evidence/folder.ts";
import { openNotifier, type Receiver } from "./notify/notifier.ts";
import type { World } from "./world.ts";

/** Events of one machine that are kept with its evidence. */
const EVIDENCE_EVENTS = 100_000;

/** What it is made of. */
export interface ControllerParts {
  readonly directory: DataDir;
  readonly journal: Journal;
  /** What the journal tells; see `recover`. */
  readonly state: State;
  readonly world: World;
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  /** Bearer token of the API; secret. */
  readonly token: string;
  /** Kept out of evidence, whatever a host or guest says. @default none */
  readonly secrets?: readonly string[];
  /** Reads the configuration anew. @default there is no file */
  readonly reread?: (created: State["created"]) => Promise<Reread>;
  /** Who is told of trouble. @default nobody */
  readonly receivers?: readonly Receiver[];
}

/** A controller that has begun. */
export interface OpenController {
  readonly controller: Controller;
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  /** Takes everything apart again; the data directory stays held. */
  close(): Promise<void>;
}

/**
 * Opens the API, and takes the first turn.
 * @throws ListenError before anything was begun, when the API's address is taken
 */
export function openController(parts: ControllerParts): OpenController {
  const { directory, journal, state, world, config, log, version, token } = parts;
  const { reread, receivers = [], secrets = [] } = parts;
  const evidence = openEvidence({
    directory: evidenceDirectory(directory.path),
    events: (cycle) => findEvents(journal, state.settings.pools, { vm: cycle }, EVIDENCE_EVENTS).events,
    clock: world.ports.clock,
    log,
    secrets,
  });
  const beginning = beginningOf(directory, journal, state);
  const controller = new Controller({
    state,
    journal,
    ports: { ...world.ports, evidence },
    evidence,
    log,
    version,
    keepDays: config.journal.keepDays,
    keepJobsDays: config.journal.keepJobsDays,
    reserve: (upTo) => directory.raiseIssued(upTo),
    mark: (mark) => directory.writeMark(mark),
    ...(reread === undefined ? {} : { reread }),
  });
  let commits = 0;
  controller.onCommit(() => commits++);
  const metrics = metricsPage({
    version,
    status: () => controller.status(),
    figures: () => controller.figures(),
    commits: () => commits,
    hostCalls: world.hostCalls,
    ...(world.metrics === undefined ? {} : { engine: world.metrics }),
  });
  const leaseKey = readOrCreateKey(directory.path);
  const api = serveApi({
    operations: controller,
    metrics,
    token,
    leaseKey,
    listen: config.api,
    version,
    log,
  });
  const startedAt = new Date().toISOString();
  controller.begin({ ...beginning, version, settings: world.settings });
  const notifier = openNotifier({
    receivers,
    status: () => controller.status(),
    clock: world.ports.clock,
    log,
    dataDir: directory.path,
    host: Deno.hostname(),
    http: world.http,
  });
  const { address } = api;
  writeEndpoint(directory.path, { address, tokenFile: tokenFile(directory.path), pid: Deno.pid, startedAt });
  return {
    controller,
    address,
    async close() {
      removeEndpoint(directory.path);
      await api.close();
      await notifier.close();
      controller.close();
      await evidence.close();
    },
  };
}

/** What `controller.json` and the journal tell of each other. */
function beginningOf(
  directory: DataDir,
  journal: Journal,
  state: State,
): Omit<Beginning, "version" | "settings"> {
  const { run, reserved } = state;
  const seq = journal.lastSeq();
  // A journal without an event is one that was lost, and whose first start after that came to nothing.
  const age = journal.created || seq === 0 ? "lost" : judgeJournal(directory.mark, { run, seq });
  // Of an older copy of controller.json: a later loss of the journal must find what was given out.
  directory.raiseIssued(reserved);
  const issuedUpTo = directory.issuedUpTo;
  return {
    controller: directory.id,
    reserved: issuedUpTo,
    journalLost: age === "older" || (age === "lost" && issuedUpTo > 0),
    olderCopy: age === "older",
    numbersInDoubt: age === "unsure",
    run: Math.max(run, directory.mark?.run ?? 0) + 1,
  };
}
