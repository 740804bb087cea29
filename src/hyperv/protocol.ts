/**
 * The lines between hvpool and a PowerShell worker. One request at a time goes in as `{"id","call","args"}`; what
 * comes out counts only behind a marker, since warnings and stray output of cmdlets land on stdout as well.
 */
import { type Answer, answerOf } from "../ports/engine.ts";

/** Every line of a worker that is a message begins so. */
export const MARKER = "#hvpool ";

/** What a worker says of itself when it can take calls. */
export interface Ready {
  /** Version of the engine, such as `5.1.26100.1882`. */
  readonly engine: string;
  /** `Desktop` is Windows PowerShell, `Core` is 7; `Simulated` stands in for both in tests. */
  readonly edition: string;
  /** `FullLanguage` unless a policy restricts it. */
  readonly languageMode: string;
}

/** One line of a worker. */
export type WorkerLine =
  | { readonly type: "ready"; readonly ready: Ready }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly type: "beat" }
  | { readonly type: "vm.power"; readonly vmId: string }
  | { readonly type: "noise" };

const NOISE: WorkerLine = { type: "noise" };

/** Reads one line of stdout. What is no message is noise, never an error. */
export function readWorkerLine(line: string): WorkerLine {
  if (!line.startsWith(MARKER)) return NOISE;
  const message = parsed(line.slice(MARKER.length));
  if (message === undefined) return NOISE;
  const text = textIn(message);
  switch (message.type) {
    case "ready":
      return {
        type: "ready",
        ready: { engine: text("engine"), edition: text("edition"), languageMode: text("languageMode") },
      };
    case "beat":
      return { type: "beat" };
    case "vm.power":
      return typeof message.vmId === "string"
        ? { type: "vm.power", vmId: message.vmId.toLowerCase() }
        : NOISE;
  }
  const { id, ok, value, ms } = message;
  if (typeof id !== "number" || typeof ok !== "boolean") return NOISE;
  const tookMs = typeof ms === "number" ? ms : 0;
  if (ok) return { type: "answer", id, answer: answerOf({ id, ok, value, ms: tookMs }) };
  const error = textIn(typeof message.error === "object" && message.error !== null ? message.error : {});
  const record = {
    message: error("message"),
    category: error("category"),
    fqid: error("fqid"),
    hresult: error("hresult"),
    command: error("command"),
    target: error("target"),
  };
  return { type: "answer", id, answer: answerOf({ id, ok, error: record, ms: tookMs }) };
}

function parsed(json: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // a half line, or one that another process wrote into
  }
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function textIn(holder: object): (key: string) => string {
  const given = holder as Readonly<Record<string, unknown>>;
  return (key) => typeof given[key] === "string" ? given[key] : "";
}

/** One request as a line. ASCII only, so that no code page on the way can change it. */
export function requestLine(id: number, call: string, args: unknown): string {
  const json = JSON.stringify({ id, call, args });
  return `${json.replace(/[\u007f-\uffff]/g, escaped)}\n`;
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
