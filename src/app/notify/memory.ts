/** What was told, and what is still to be sent: a file in the data directory, so that a restart tells nothing twice. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { NOTIFY_CONDITIONS, type NotifyType } from "../../config/notify_keys.ts";
import { readTextIfThere, replaceFile } from "../../journal/replace_file.ts";
import type { Ms } from "../../model/ids.ts";
import type { Known, Notice } from "./judge.ts";

/** What is kept for one of those who are told. */
export interface Kept {
  readonly known: ReadonlyMap<string, Known>;
  /** Oldest first. */
  readonly outbox: readonly Notice[];
}

const severity = z.enum(["warn", "error"]);
const condition = z.enum(NOTIFY_CONDITIONS);
const about = { condition, text: z.string(), since: z.number() };
const fileSchema = z.object({
  version: z.literal(1),
  targets: z.record(
    z.string(),
    z.object({
      told: z.array(z.object({ key: z.string(), severity, ...about })),
      outbox: z.array(
        z.object({ event: z.enum(["raised", "cleared"]), key: z.string(), severity, ...about }),
      ),
    }),
  ),
});

/** Names one of those who are told without showing their address; the same after the file was ordered anew. */
export function targetId(type: NotifyType, url: string | undefined): string {
  const digest = createHash("sha256").update(`hvpool notify\n${type}\n${url ?? ""}`).digest("hex");
  return `${type}-${digest.slice(0, 16)}`;
}

/** Where it is kept. */
export function memoryFile(dataDir: string): string {
  return join(dataDir, "notify.json");
}

/** Reads it; nothing where there is no file yet. Throws when it cannot be read or understood. */
export function readMemory(dataDir: string, now: Ms): Map<string, Kept> {
  const text = readTextIfThere(memoryFile(dataDir));
  if (text === undefined) return new Map();
  const { targets } = fileSchema.parse(JSON.parse(text));
  return new Map(
    Object.entries(targets).map(([id, { told, outbox }]) => {
      const known = told.map(({ key, severity, ...rest }) =>
        [key, { ...rest, seenAt: now, told: severity }] as const
      );
      return [id, { known: new Map(known), outbox }];
    }),
  );
}

/** What is written: causes that were told, and what is to be sent. */
export function memoryText(memory: ReadonlyMap<string, Kept>): string {
  const targets = [...memory].map(([id, { known, outbox }]) => {
    const told = [...known].flatMap(([key, { condition, text, since, told }]) =>
      told === undefined ? [] : [{ key, severity: told, condition, text, since }]
    );
    return [id, { told, outbox }];
  });
  return `${JSON.stringify({ version: 1, targets: Object.fromEntries(targets) }, null, 2)}\n`;
}

/** Writes it, whole or not at all. */
export function writeMemory(dataDir: string, text: string): void {
  replaceFile(memoryFile(dataDir), text);
}
