/** Sends one notice to one receiver, once. */
import type { NotifyType } from "../../config/notify_keys.ts";
import { type Http, NoAnswer } from "../../github/http.ts";
import type { Ms } from "../../model/ids.ts";
import { eventCreateArguments, writeEvent } from "./event_log.ts";
import type { Notice } from "./judge.ts";
import { bodyFor, type Teller } from "./message.ts";

/** What came of it. `why` never holds the address. */
export type Sent =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: string; readonly notBeforeMs?: Ms };

/** What is sent with. */
export interface Means {
  readonly http: Http;
  readonly teller: Teller;
  /** Path of `eventcreate.exe`; `undefined` where there is none. */
  readonly eventCreate: string | undefined;
  readonly signal: AbortSignal;
}

/** Of the whole exchange. */
const TIMEOUT_MS = 30_000;

/** Sends it. Never rejects. */
export async function send(
  { type, url }: { readonly type: NotifyType; readonly url: string | undefined },
  notice: Notice,
  { http, teller, eventCreate, signal }: Means,
): Promise<Sent> {
  if (type === "eventlog") {
    if (eventCreate === undefined) return { ok: true };
    const why = await writeEvent(eventCreate, eventCreateArguments(notice, teller), signal);
    return why === undefined ? { ok: true } : { ok: false, why };
  }
  try {
    const response = await http.fetch({ timeoutMs: TIMEOUT_MS, deadlineAt: Infinity })(url ?? "", {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": `hvpool/${teller.version}` },
      // Bytes have a length, which simple receivers ask for. They may be sent twice; so may a notice.
      body: new TextEncoder().encode(bodyFor(type, notice, teller)),
    });
    if (response.ok) return { ok: true };
    const seconds = Number(response.headers.get("retry-after") ?? "0");
    return {
      ok: false,
      why: `the server answered ${response.status}`,
      ...(seconds > 0 ? { notBeforeMs: seconds * 1_000 } : {}),
    };
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
}

/** Why no answer came, without anything that may be part of an address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof NoAnswer)) return "the request could not be made";
  if (error.timedOut) return `nobody answered within ${TIMEOUT_MS / 1_000} s`;
  if (/certificate/i.test(error.message)) {
    return "the server's certificate is not trusted: see ca_certificates";
  }
  return error.sent
    ? "the connection broke off"
    : "the server could not be reached: check the network and proxy";
}
