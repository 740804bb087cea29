/** Turns YAML text into plain values, and remembers where each of them stands. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  Scalar,
  type YAMLError,
} from "yaml";
import { Findings } from "./findings.ts";
import { formatPath, type KeyPath, type Position } from "./problem.ts";
import { eatsBackslashes, isSecret, lowerFirst, singleQuoted, SYNTAX } from "./syntax.ts";

/** What is known of one value's place in the text. Offsets are in characters. */
interface Place {
  readonly keyStart: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly inPlace: boolean;
}

/** A configuration file after parsing: values without types, and their places. */
export interface ConfigDocument {
  /** Maps as plain objects, lists as arrays; keys that were left empty are left out. `undefined`: nothing usable. */
  readonly value: Record<string, unknown> | undefined;
  readonly findings: Findings;
  /** Place of a path, or of the nearest thing around it that is written. */
  locate(path: KeyPath, part?: "key" | "value"): Position;
  /** Whether something is written at a path, even if it was left empty. */
  written(path: KeyPath): boolean;
  /** The text of a plain value as it is written, without quotes; `undefined` when nothing is written there. */
  source(path: KeyPath): string | undefined;
}

/** Values after all aliases are followed; a configuration has hundreds. */
const MAX_VALUES = 20_000;
const MAX_DEPTH = 30;
/** So many syntax errors are shown; more follow from the first ones. */
const MAX_SYNTAX_ERRORS = 20;

/** Errors after which the rest of the document is still what was meant. */
const RECOVERABLE = new Set(["BAD_DQ_ESCAPE", "MULTIPLE_DOCS"]);

/** Parses the text of a configuration file. Everything wrong with it as YAML is in `findings`. */
export function parseConfigText(text: string, file: string): ConfigDocument {
  const reader = new Reader(text.replace(/^\ufeff/, ""), file);
  return reader.read();
}

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #places = new Map<string, Place>();
  readonly #sources = new Map<string, string>();
  readonly #findings: Findings;
  #document: Document.Parsed<ParsedNode> | undefined;
  #values = 0;
  #tooMany = false;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#findings = new Findings((path, part) => this.#locate(path, part));
  }

  read(): ConfigDocument {
    return {
      value: this.#value(),
      findings: this.#findings,
      locate: (path, part) => this.#locate(path, part),
      written: (path) => this.#places.has(formatPath(path)),
      source: (path) => this.#sources.get(formatPath(path)),
    };
  }

  #value(): Record<string, unknown> | undefined {
    // deno-lint-ignore no-control-regex
    const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(this.#text);
    this.#document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: "error",
      uniqueKeys: false, // found while converting: the parser's own search takes seconds for a large file
    });
    if (control !== null) {
      const code = control[0].charCodeAt(0);
      const what = code === 0
        ? "a NUL character"
        : `a control character (0x${code.toString(16).padStart(2, "0")})`;
      this.#syntax(control.index, "", `the file holds ${what}: it is damaged or not a text file`, {
        remedy: "Remove the character, or save the file anew as UTF-8 text",
      });
      return undefined;
    }
    const { contents, errors, warnings } = this.#document;
    const root: unknown = contents;
    if (errors.length === 0 && (root === null || (isScalar(root) && root.value === null))) {
      this.#syntax(0, "", "the file is empty", {
        remedy:
          "Start from config.example.yaml; for a trial without Hyper-V two lines do: debug: {use_mock: true}",
      });
      return undefined;
    }
    const converted = isMap(root) ? this.#convert(root, [], undefined, true) : undefined;
    if (this.#tooMany) return undefined;
    for (const error of [...errors, ...warnings].slice(0, MAX_SYNTAX_ERRORS)) this.#explain(error);
    if (errors.some((error) => !RECOVERABLE.has(error.code))) return undefined;
    if (!isMap(root)) {
      const offset = (root as Node).range?.[0] ?? 0;
      this.#syntax(
        offset,
        "",
        `the file holds ${isSeq(root) ? "a list" : "a single value"} where sections belong`,
        {
          expected: "sections such as github:, runners: and hyperv:, each with its keys below it",
        },
      );
      return undefined;
    }
    return converted as Record<string, unknown>;
  }

  #convert(node: unknown, path: KeyPath, keyStart: number | undefined, inPlace: boolean): unknown {
    if (this.#tooMany) return undefined;
    if (isAlias(node)) return this.#follow(node, path, keyStart);
    const [start, end] = (node as Node | null)?.range ?? [keyStart ?? 0, keyStart ?? 0];
    const name = formatPath(path);
    // What an alias brings stands where the alias stands, and is already recorded there.
    if (!this.#places.has(name)) this.#places.set(name, { keyStart, start, end, inPlace });
    if (++this.#values > MAX_VALUES || path.length > MAX_DEPTH) {
      this.#tooMany = true;
      const message = path.length > MAX_DEPTH
        ? `values lie more than ${MAX_DEPTH} levels deep, or an alias (*name) holds itself`
        : `the aliases (*name) multiply to more than ${MAX_VALUES} values`;
      this.#findings.error(path.slice(0, 1), message, { remedy: "Write the values out without aliases" });
      return undefined;
    }
    if (isScalar(node)) return this.#scalar(node, path);
    if (isSeq(node)) {
      return node.items.map((item, i) => this.#convert(item, [...path, i], undefined, inPlace));
    }
    if (!isMap(node)) return undefined;
    const result: Record<string, unknown> = Object.create(null);
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key: unknown = isAlias(pair.key) ? pair.key.resolve(this.#doc()) : pair.key;
      const start = (pair.key as Node | null)?.range?.[0] ?? keyStart;
      if (!isScalar(key) || key.value === null || typeof key.value === "object") {
        this.#syntax(start ?? 0, formatPath(path), "a key must be a plain word");
        continue;
      }
      const keyName = key.source ?? String(key.value);
      const twin = this.#places.get(formatPath([...path, keyName]));
      if (seen.has(keyName)) {
        const line = twin?.keyStart === undefined ? "" : `, after line ${this.#position(twin.keyStart).line}`;
        this.#syntax(
          start ?? 0,
          formatPath([...path, keyName]),
          `this key stands here a second time${line}`,
          {
            remedy: "Keep one of the two",
          },
        );
        continue;
      }
      seen.add(keyName);
      const value = this.#convert(pair.value, [...path, keyName], start, inPlace);
      if (keyName === "<<" && typeof value === "object" && value !== null) {
        for (const part of Array.isArray(value) ? value : [value]) mergeInto(result, part);
      } else if (value !== undefined && value !== null) result[keyName] = value;
    }
    return result;
  }

  #follow(alias: Alias, path: KeyPath, keyStart: number | undefined): unknown {
    const [start, end] = alias.range ?? [0, 0];
    this.#places.set(formatPath(path), { keyStart, start, end, inPlace: false });
    const target = alias.resolve(this.#doc());
    if (target === undefined) {
      this.#findings.error(path, `the alias *${alias.source} has no anchor &${alias.source} before it`, {
        remedy: "Put the value into quotes if it is meant to begin with *",
      });
      return undefined;
    }
    return this.#convert(target, path, keyStart, false);
  }

  #scalar(node: Scalar, path: KeyPath): unknown {
    this.#sources.set(formatPath(path), typeof node.source === "string" ? node.source : String(node.value));
    const [start, end] = node.range ?? [0, 0];
    const raw = this.#text.slice(start, end);
    const broken = this.#doc().errors.some(({ code, pos }) =>
      code === "BAD_DQ_ESCAPE" && start <= pos[0] && pos[0] < end
    );
    if (broken) return undefined;
    if (
      node.type === Scalar.QUOTE_DOUBLE && typeof node.value === "string" && eatsBackslashes(raw, node.value)
    ) {
      // An environment value may well hold a line break; a Windows path never does.
      if (!path.includes("env") || /^"[A-Za-z]:\\/.test(raw)) {
        this.#findings.error(
          path,
          "backslashes in double quotes are escapes: \\t becomes a tab and \\n a new line",
          {
            remedy: "Use single quotes",
            suggestion: isSecret(path) ? undefined : singleQuoted(raw),
          },
        );
        // Nothing else need be said of it; entries of lists keep their positions.
        return typeof path.at(-1) === "string" ? undefined : "damaged";
      }
    }
    return node.value;
  }

  #explain(error: YAMLError): void {
    const offset = error.pos[0];
    const path = this.#pathAt(offset);
    const known = SYNTAX[error.code];
    if (error.code === "BAD_DQ_ESCAPE") {
      const place = this.#places.get(path);
      const raw = place === undefined ? "" : this.#text.slice(place.start, place.end);
      this.#syntax(
        offset,
        path,
        "a backslash in double quotes begins an escape, and this is none that YAML knows",
        {
          remedy: "Use single quotes",
          suggestion: isSecret([path]) ? undefined : singleQuoted(raw),
        },
      );
      return;
    }
    if (error.code === "TAG_RESOLVE_FAILED") {
      this.#syntax(
        offset,
        path,
        `${error.message.replace(/^Unresolved tag: /, "the tag ")} is not known here`,
        {
          remedy: "Write the value without a tag; secrets are written as env:NAME or file:PATH",
        },
      );
      return;
    }
    if (/call stack/i.test(error.message)) {
      this.#syntax(offset, "", "values are nested too deeply here", { remedy: "Close every [ and {" });
      return;
    }
    const blamed = error.code === "BLOCK_AS_IMPLICIT_KEY" ? path.replace(/\.[^.]*$/, "") : path;
    this.#syntax(offset, blamed, known?.message ?? `this is not YAML: ${lowerFirst(error.message)}`, {
      remedy: known?.remedy,
    });
  }

  #syntax(
    offset: number,
    path: string,
    message: string,
    details: { remedy?: string | undefined; expected?: string; suggestion?: string | undefined } = {},
  ): void {
    const { remedy, expected, suggestion } = details;
    const position = this.#position(offset);
    // What an alias repeats is wrong once.
    const same = this.#findings.problems.some((known) =>
      known.line === position.line && known.column === position.column && known.message === message
    );
    if (same) return;
    this.#findings.problems.push({
      ...position,
      path,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(remedy === undefined ? {} : { remedy }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    if (path !== "") this.#findings.mark(path);
  }

  /** Path of the smallest value around an offset. */
  #pathAt(offset: number): string {
    let best = "";
    let size = Infinity;
    for (const [path, place] of this.#places) {
      const from = place.keyStart ?? place.start;
      if (place.inPlace && from <= offset && offset <= place.end && place.end - from <= size) {
        best = path;
        size = place.end - from;
      }
    }
    return best;
  }

  #locate(path: KeyPath, part: "key" | "value" = "value"): Position {
    for (let length = path.length; length > 0; length--) {
      const place = this.#places.get(formatPath(path.slice(0, length)));
      if (place === undefined) continue;
      // For something that is not written, the name of the section around it is the best place to point at.
      const useKey = part === "key" || length < path.length;
      return this.#position(useKey ? place.keyStart ?? place.start : place.start);
    }
    return { file: this.#file, line: 1, column: 1 };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #doc(): Document.Parsed<ParsedNode> {
    if (this.#document === undefined) throw new Error("the text is parsed before its nodes are read");
    return this.#document;
  }
}

/** `<<` brings the keys that are not there already. */
function mergeInto(result: Record<string, unknown>, part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  for (const [key, value] of Object.entries(part)) if (!Object.hasOwn(result, key)) result[key] = value;
}
