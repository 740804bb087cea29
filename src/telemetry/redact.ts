/**
 * Takes secrets out of what is about to be logged: by the name of a field, by the shape of a value, and by
 * values that the program has declared secret.
 */

/** What stands where a secret was. */
export const REDACTED = "[redacted]";

/** Names, without separators and in lower case, whose value is never shown. `keyPath` and `tokenFile` are no secrets. */
const SECRET_NAME =
  /(token|key|pass|passwd|password|passphrase|pwd|secret|authorization|credential|cookie|jitconfig|pem)s?$/;

/** Values that are secret wherever they stand: tokens of GitHub and of leases, JSON web tokens, private keys, bearer headers. */
const SECRET_SHAPES: readonly RegExp[] = [
  /\bgh[a-z]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_\w{16,}/g,
  /hvl_[\w-]{43,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\bbearer )[\w.~+/=-]{8,}/gi,
];

/** A declared value shorter than this is not looked for: it would garble every line. */
const SHORTEST_SECRET = 6;
/** Deeper than this, or wider, data is cut: a log line is no dump. */
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;

/** Takes secrets out of text and data. */
export interface Redactor {
  /** From now on this value, its lines and its JSON and URL forms are taken out wherever they stand. */
  addSecret(value: string): void;
  /** A text without secrets. */
  text(text: string): string;
  /** Data made of plain objects, arrays and scalars, without secrets. Errors keep name, message, code and cause. */
  data(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** Makes a {@linkcode Redactor}. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  const text = (value: string): string => {
    let clean = value;
    for (const secret of secrets) clean = clean.replaceAll(secret, REDACTED);
    for (const shape of SECRET_SHAPES) clean = clean.replace(shape, REDACTED);
    return clean;
  };
  return {
    addSecret(value) {
      const whole = value.trim();
      const lines = whole.split(/\r?\n/).map((line) => line.trim()).filter((line) =>
        !line.startsWith("-----")
      );
      for (const part of new Set([whole, ...lines])) {
        if (part.length < SHORTEST_SECRET) continue;
        for (const form of [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part)]) {
          secrets.add(form);
        }
      }
    },
    text,
    data: (fields) => cleanObject(fields, { text, above: [] }),
  };
}

interface Walk {
  readonly text: (value: string) => string;
  /** Objects on the way down; one met again is a circle. */
  readonly above: readonly object[];
}

function cleanObject(fields: object, walk: Walk): Record<string, unknown> {
  const inside = { ...walk, above: [...walk.above, fields] };
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields).slice(0, MAX_ITEMS)) {
    const secret = SECRET_NAME.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
    const shown = value === undefined || value === null || typeof value === "boolean";
    clean[walk.text(name)] = secret && !shown ? REDACTED : cleanValue(value, inside);
  }
  return clean;
}

function cleanValue(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case "string":
      return walk.text(value);
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return "[function]";
  }
  if (typeof value !== "object" || value === null) return value;
  if (walk.above.includes(value)) return "[circular]";
  if (walk.above.length >= MAX_DEPTH) return "[deeper]";
  const inside = { ...walk, above: [...walk.above, value] };
  if (value instanceof Error) return cleanError(value, inside);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL) return walk.text(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return cleanObject(Object.fromEntries(value), walk);
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, MAX_ITEMS).map((item) => cleanValue(item, inside));
  }
  return cleanObject(value, walk);
}

/** An Error's own fields are not enumerable: JSON would make `{}` of it. */
function cleanError(error: Error, walk: Walk): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    name: error.name,
    message: walk.text(error.message),
    ...(code === undefined ? {} : { code: cleanValue(code, walk) }),
    ...(status === undefined ? {} : { status: cleanValue(status, walk) }),
    ...(error.cause === undefined ? {} : { cause: cleanValue(error.cause, walk) }),
    ...(error.stack === undefined ? {} : { stack: walk.text(error.stack) }),
  };
}
