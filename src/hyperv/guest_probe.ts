/**
 * `guest.probe`, answered by this program, which runs on the host: guests are reached from here over their switch. It
 * connects to the guest and to nothing else, whatever proxies this machine has, and reads no more than a status line.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { PROBE_LIMIT_MS } from "../ports/calls/guest.ts";
import type { Answer, Lost } from "../ports/engine.ts";
import type { HostArgs, HostValue } from "../ports/host.ts";

type Probed = HostValue<"guest.probe">;

/** More is no status line. */
const STATUS_LINE_BYTES = 1_024;

/** Below it, a server says something of what was asked; from it on, that it cannot. */
const SERVER_FAILS = 500;

/** Sends one probe; never rejects. `limitMs`: the longest that it takes. */
export async function probeGuest(
  { address, tcp, http }: HostArgs<"guest.probe">,
  signal: AbortSignal,
  limitMs = PROBE_LIMIT_MS,
): Promise<Answer | Lost> {
  const startedAt = performance.now();
  const value = http === undefined
    ? await probeTcp(address, tcp ?? 0, limitMs, signal)
    : await probeHttp(address, http, limitMs, signal);
  if (signal.aborted) return { lost: `guest.probe was given up: ${String(signal.reason)}` };
  return { ok: true, value, ms: Math.round(performance.now() - startedAt) };
}

function probeTcp(address: string, port: number, limitMs: number, signal: AbortSignal): Promise<Probed> {
  const socket = connectTcp({ host: address, port });
  return ask(socket, { at: `${address}:${port}`, limitMs, signal }, (tell) => {
    socket.once("connect", () => tell({ ready: true, message: `${address}:${port} takes connections` }));
  });
}

function probeHttp(address: string, http: string, limitMs: number, signal: AbortSignal): Promise<Probed> {
  const url = URL.parse(http.replaceAll("{address}", address));
  if (url === null) return Promise.resolve({ ready: false, message: `${http} is no web address` });
  const secure = url.protocol === "https:";
  const port = url.port === "" ? secure ? 443 : 80 : Number(url.port);
  const at = `${url.protocol}//${address}:${port}${url.pathname}`;
  // It is the guest's own certificate, for whatever name; nothing secret is sent.
  const socket = secure
    ? connectTls({ host: address, port, rejectUnauthorized: false })
    : connectTcp({ host: address, port });
  return ask(socket, { at, limitMs, signal }, (tell) => {
    let said = "";
    socket.once(secure ? "secureConnect" : "connect", () => {
      const lines = [
        `GET ${url.pathname}${url.search} HTTP/1.1`,
        `Host: ${url.host}`,
        "Accept: */*",
        "User-Agent: hvpool",
        "Connection: close",
      ];
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });
    socket.on("data", (bytes: Uint8Array) => {
      said += new TextDecoder("latin1").decode(bytes.subarray(0, STATUS_LINE_BYTES));
      if (said.includes("\n") || said.length >= STATUS_LINE_BYTES) tell(statusOf(said, at));
    });
    socket.once("end", () => tell(statusOf(said, at)));
  });
}

/** What the first line of an answer says. */
function statusOf(said: string, at: string): Probed {
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(said)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return { ready: false, message: `${at} answers, but not as a web server does` };
  return { ready: status < SERVER_FAILS, message: `${at} answers ${status}` };
}

/** Waits for the first thing that is told, for a failure, or for the end of the time; the connection is closed then. */
async function ask(
  socket: Socket,
  { at, limitMs, signal }: { at: string; limitMs: number; signal: AbortSignal },
  listen: (tell: (probed: Probed) => void) => void,
): Promise<Probed> {
  const { promise, resolve } = Promise.withResolvers<Probed>();
  const late = () => resolve({ ready: false, message: `${at} did not answer within ${limitMs} ms` });
  const timer = setTimeout(late, limitMs);
  const giveUp = () => resolve({ ready: false, message: "given up" });
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  // Errors may follow the first one while it is being closed.
  socket.on("error", (error: Error) => resolve({ ready: false, message: `${at}: ${error.message}` }));
  listen(resolve);
  const probed = await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", giveUp);
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  if (!socket.destroyed) socket.destroy();
  if (!socket.closed) await closed;
  return probed;
}
