/** Writes one item of evidence: whole, or not at all. */
import { join } from "node:path";
import type { EvidenceRequest } from "../../ports/evidence.ts";
import type { EventRow } from "../../ports/operations.ts";
import { type EvidenceRecord, folderOf, RECORD_FILE } from "./record.ts";
import { TEMPORARY_PREFIX } from "./folder.ts";

/** What is written. */
export interface EvidenceItem {
  readonly request: EvidenceRequest;
  readonly events: readonly EventRow[];
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly maxItemBytes: number;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** Long enough for every message, short enough for a list of them. */
const MAX_MESSAGE = 4_000;

/** Writes to a folder of its own and renames it; an item of the same cycle is replaced. */
export async function writeEvidence(directory: string, item: EvidenceItem): Promise<void> {
  const { cycle, vm, cause, message } = item.request;
  const name = folderOf(cycle);
  if (name === undefined) throw new TypeError(`"${cycle}" is no cycle.`);
  const { files, omitted } = fitting(item);
  const record: EvidenceRecord = {
    cycle,
    vm,
    cause: item.redact(cause),
    message: item.redact(message).slice(0, MAX_MESSAGE),
    at: item.at,
    files: files.map((file) => ({ name: file.name, bytes: file.bytes.length })),
    omitted,
  };
  const target = join(directory, name);
  const temporary = join(directory, `${TEMPORARY_PREFIX}${name}`);
  await removeFolder(temporary);
  try {
    await Deno.mkdir(temporary, { mode: 0o700 });
    for (const { name, bytes } of files) {
      await Deno.writeFile(join(temporary, name), bytes, { mode: 0o600 });
    }
    await Deno.writeTextFile(join(temporary, RECORD_FILE), JSON.stringify(record, null, 2) + "\n", {
      mode: 0o600,
    });
    await removeFolder(target);
    await Deno.rename(temporary, target);
  } catch (error) {
    await removeFolder(temporary);
    throw error;
  }
}

/** Removes a folder that may not be there. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

type File = { readonly name: EvidenceRecord["files"][number]["name"]; readonly bytes: Uint8Array };

/** The files of an item as far as they fit: events first, of which the newest tell most. */
function fitting(
  { request: { screen, diagnostics }, events, maxItemBytes, redact }: EvidenceItem,
): { files: File[]; omitted: string[] } {
  const omitted: string[] = [];
  const lines: Uint8Array[] = [];
  let left = maxItemBytes;
  for (const event of events.toReversed()) {
    const line = new TextEncoder().encode(redact(JSON.stringify(event)) + "\n");
    if (line.length > left) {
      omitted.push(`events.jsonl: the ${events.length - lines.length} oldest events`);
      break;
    }
    left -= line.length;
    lines.push(line);
  }
  const files: File[] = [{ name: "events.jsonl", bytes: joined(lines.reverse()) }];
  const others = [["screen.png", screen], ["diag.zip", diagnostics]] as const;
  for (const [name, bytes] of others) {
    if (bytes === undefined) continue;
    if (bytes.length > left) omitted.push(`${name}: ${bytes.length} bytes`);
    else {
      left -= bytes.length;
      files.push({ name, bytes });
    }
  }
  return { files, omitted };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
