/**
 * Makes a template out of a running machine, by PowerShell Direct: loader and runner are installed, then the guest
 * shuts itself down. The same again starts over, but goes on with a package that was copied in part.
 */
import type { Result } from "../model/conclude.ts";
import type { Ms } from "../model/ids.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { GuestAccount } from "../ports/guest.ts";
import type { HostPort, HostResult } from "../ports/host.ts";
import type { RunnerPackage } from "../ports/runner_packages.ts";
import { IMAGE_SCRIPTS } from "./guest_scripts.ts";
import { copyScripts, GUEST_FOLDER, type GuestReached, runScript } from "./guest_scripts_direct.ts";

/** In the guest, while it lasts; the script knows it by this name and removes it. */
const FOLDER = `${GUEST_FOLDER}\\prepare`;
const SCRIPT = `${FOLDER}\\install-image.ps1`;
const PIECE_BYTES = 1_048_576;
/** How long a piece or a script may take to arrive. */
const COPY_MS: Ms = 120_000;
/** How long the script looks whether Windows is ready. */
const CHECK_MS: Ms = 60_000;
/** So long after the beginning no further piece is sent. With what follows, all stays below the operation's 40 minutes. */
const COPIES_MS: Ms = 1_200_000;
/** How long the script installs: ten minutes of it are for the runner's first start. */
const INSTALL_MS: Ms = 840_000;

/** What the script's exit codes mean; its head has the list. */
const EXIT = { done: 0, notYet: 3, package: 4 } as const;

/** What to install. */
export interface InstallRequest {
  /** @default the image keeps the runner that it has */
  readonly runner?: RunnerPackage;
  /** @default the machine's own */
  readonly clock?: Clock;
}

type Failed = Exclude<HostResult<unknown>, { outcome: "ok" }>;

function failed(code: "unavailable" | "invalid" | "unknown", message: string): Failed {
  return { outcome: "failed", code, message };
}

/** Runs the script; answers nothing when it was content. */
async function install(
  guest: GuestReached,
  { words, timeoutMs }: { words: readonly string[]; timeoutMs: Ms },
): Promise<Failed | undefined> {
  const run = await runScript(guest, SCRIPT, { words, timeoutMs });
  if (run.outcome !== "ok") return run;
  const { exitCode, stderr } = run.value;
  if (exitCode === EXIT.done) return undefined;
  if (exitCode === EXIT.notYet) {
    return failed("unavailable", "Windows is still setting itself up in the guest");
  }
  const why = exitCode === null
    ? `it did not end within ${timeoutMs / 60_000} minutes`
    : stderr.trim().split(/\r?\n/).at(-1) || `exit code ${exitCode}`;
  const code = exitCode === EXIT.package ? "invalid" : "unknown";
  return failed(code, `The image could not be prepared in the guest: ${why}`);
}

/** Bytes of a file that an earlier try has left in the guest. */
async function arrived(
  { host, vmId, account: { user, password } }: GuestReached,
  path: string,
): Promise<HostResult<number>> {
  const asked = await host.call("guest.copyOut", { vmId, user, password, path, offset: 0, maxBytes: 1 }, {
    limitMs: COPY_MS,
  });
  if (asked.outcome === "ok") return { outcome: "ok", value: asked.value.size };
  // What goes wrong in a guest loses its number on the way, so "not found" may come as "unknown".
  const missing = asked.outcome === "failed" && (asked.code === "not_found" || asked.code === "unknown");
  return missing ? { outcome: "ok", value: 0 } : asked;
}

/** Copies what is missing of the package; answers whether a part of it was there. */
async function copyPackage(
  guest: GuestReached,
  { runner, path, clock, until }: { runner: RunnerPackage; path: string; clock: Clock; until: Ms },
): Promise<HostResult<{ resumed: boolean }>> {
  const { host, vmId, account: { user, password } } = guest;
  const there = await arrived(guest, path);
  if (there.outcome !== "ok") return there;
  const begin = there.value > runner.size ? 0 : there.value;
  for (let offset = begin; offset < runner.size;) {
    if (clock.now() >= until) {
      const megabytes = [offset, runner.size].map((bytes) => Math.round(bytes / PIECE_BYTES)).join(" of ");
      const message =
        `Copying the runner into the guest is slow: ${megabytes} MiB are there. It goes on from there`;
      return failed("unavailable", message);
    }
    const piece = await runner.read(offset, PIECE_BYTES);
    if (piece.length === 0) {
      const message = `The runner's package ${runner.file} ends at byte ${offset} of ${runner.size}`;
      return failed("unavailable", message);
    }
    const file = { vmId, user, password, path, offset, data: piece.toBase64() };
    const sent = await host.call("guest.copyIn", file, { limitMs: COPY_MS });
    if (sent.outcome !== "ok") return sent;
    offset += piece.length;
  }
  return { outcome: "ok", value: { resumed: begin > 0 } };
}

/**
 * Installs loader and runner in a guest, removes what earlier uses have left, and has it shut down.
 *
 * `unavailable`: the guest is not reachable, or Windows is still setting itself up: ask again later. `invalid`: the
 * package's checksum is wrong in the guest. Everything else that the guest's script says is `unknown`.
 */
export async function installGuest(
  host: HostPort,
  vmId: string,
  account: GuestAccount,
  { runner, clock = systemClock }: InstallRequest,
): Promise<Result> {
  const guest = { host, vmId, account };
  const until = clock.now() + COPIES_MS;
  const copied = await copyScripts(guest, IMAGE_SCRIPTS, { folder: FOLDER, limitMs: COPY_MS });
  if (copied.outcome !== "ok") return copied;
  if (runner === undefined) {
    return await install(guest, { words: [], timeoutMs: INSTALL_MS }) ?? { outcome: "ok", value: {} };
  }
  // A guest that is still setting itself up may start again at any time: nothing big is copied before.
  const waiting = await install(guest, { words: ["-Check"], timeoutMs: CHECK_MS });
  if (waiting !== undefined) return waiting;
  const { version, sha256 } = runner;
  const path = `${FOLDER}\\runner-${sha256.slice(0, 16)}.zip`;
  const sent = await copyPackage(guest, { runner, path, clock, until });
  if (sent.outcome !== "ok") return sent;
  const words = ["-RunnerZip", path, "-RunnerSha256", sha256, "-RunnerVersion", version];
  const ended = await install(guest, { words, timeoutMs: INSTALL_MS });
  if (ended === undefined) return { outcome: "ok", value: {} };
  if (ended.outcome === "failed" && ended.code === "invalid" && sent.value.resumed) {
    // What was there came from before a cut. The script has deleted it: the next try copies all of it.
    return failed("unavailable", ended.message);
  }
  return ended;
}
