/**
 * A controller in a process of its own for the bench: the real one over a simulator's host (TCP) and GitHub (HTTP),
 * with as many writes to GitHub as it likes. Arguments: the simulator's address, slots, lanes, poll of guests in ms.
 */
import { loadConfig } from "../../src/config/load.ts";
import { Controller } from "../../src/controller/controller.ts";
import { recover } from "../../src/controller/keeper.ts";
import { openForge } from "../../src/github/forge.ts";
import { openDataDir } from "../../src/journal/datadir.ts";
import { openJournal } from "../../src/journal/journal.ts";
import type { ScopeKey } from "../../src/model/ids.ts";
import { LANES } from "../../src/model/calls.ts";
import { systemClock } from "../../src/ports/clock.ts";
import { silentLog } from "../../src/ports/log.ts";
import { connectHost } from "../../src/simulator/connect.ts";
import { askIdentity } from "../../src/app/simulator_identity.ts";
import { withAccount } from "../../src/config/config.ts";

const [simulator = "", slots = "1", lanes = "", pollGuestsMs = "2000"] = Deno.args;
const identity = await askIdentity(simulator);
const laneLines = lanes === ""
  ? []
  : ["hyperv:", "  lanes:", ...LANES.map((lane) => `    ${lane}: ${lanes}`)];
const text = [
  "runners:",
  `  pool_size: ${slots}`,
  ...laneLines,
  "deadlines:",
  `  poll_guests_seconds: ${Number(pollGuestsMs) / 1000}`,
  `  poll_claimed_seconds: ${Number(pollGuestsMs) / 1000}`,
  "debug:",
  "  use_mock: true",
].join("\n");
const { config, problems } = loadConfig({ text, file: "bench" });
if (config === undefined) throw new Error(JSON.stringify(problems));
const dataDir = await Deno.makeTempDir({ prefix: "hvpool-bench-" });
const directory = openDataDir(dataDir, { machine: "bench" });
const journal = openJournal(directory.journalPath);
const settings = withAccount(config.settings, `orgs/${identity.org}` as ScopeKey);
const forge = openForge({
  apiUrl: identity.github,
  appId: identity.appId,
  privateKey: identity.privateKey,
  log: silentLog,
  userAgent: "hvpool/bench",
  writeLimits: { perMinute: 1_000_000, burst: 1_000_000, atOnce: 50 },
});
const controller = new Controller({
  state: recover(journal, settings),
  journal,
  ports: { host: connectHost(identity.host), forge, clock: systemClock },
  log: silentLog,
  version: "bench",
  keepDays: 30,
  keepJobsDays: 90,
  reserve: (upTo) => directory.raiseIssued(upTo),
});
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/status") return Response.json(controller.status());
  const filter = { type: searchParams.get("type") ?? "", after: Number(searchParams.get("after") ?? 0) };
  return Response.json(controller.events(filter, 1000));
});
controller.begin({
  controller: directory.id,
  version: "bench",
  settings,
  reserved: 0,
  journalLost: false,
});
const line = JSON.stringify({ api: `http://127.0.0.1:${server.addr.port}`, dataDir });
await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
