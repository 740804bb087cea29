/** Puts a support bundle together: asks every source, takes secrets and names out, makes one archive. */
import { NotAnswering, NotRunning } from "../../client/errors.ts";
import { Client } from "../../client/mod.ts";
import type { ReadVariable } from "../../config/defaults.ts";
import { type ZipEntry, zipOf } from "../../ports/zip.ts";
import { examine } from "../doctor/doctor.ts";
import { supportConfiguration } from "./configuration.ts";
import { eventParts } from "./events.ts";
import { evidenceParts } from "./evidence.ts";
import { namesInJournal } from "./journal_names.ts";
import { listingPart } from "./listing.ts";
import { logParts } from "./logs.ts";
import { jsonText, type Missing, missingPart, type Part, reasonOf, textPart } from "./part.ts";
import { hideNames, namesHere, namesIn } from "./private_names.ts";
import { hideSecrets, secretValues } from "./secret_values.ts";
import { versionsPart } from "./versions.ts";
import { join } from "node:path";

/** What is wanted of a bundle. */
export interface BundleRequest {
  readonly configFile?: string;
  /** Stands above the configuration's. */
  readonly dataDir?: string;
  /** ISO 8601; absent: no events. */
  readonly eventsSince?: string;
  /** Pictures of screens, too. */
  readonly screens: boolean;
  /** Names stay what they are. */
  readonly names: boolean;
  readonly version: string;
  readonly env: ReadVariable;
  readonly hostname: string;
}

/** A bundle that is not written yet. */
export interface Bundle {
  readonly zip: Uint8Array;
  /** In the order of the archive; their lengths unpacked. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly missing: readonly Missing[];
}

/** Makes it. What cannot be had is named in it, and never keeps the rest from being there. */
export async function makeBundle(request: BundleRequest): Promise<Bundle> {
  const { eventsSince, screens, version, env, hostname } = request;
  const { config, dataDir, part: configuration, secrets, names: written } = await supportConfiguration(
    request,
  );
  const withoutSecrets = hideSecrets(await secretValues({ sources: secrets, dataDir, env }));
  const parts = [
    versionsPart(version),
    configuration,
    await doctorPart(request),
    await statusPart(dataDir),
    await listingPart(dataDir),
    eventsSince === undefined
      ? missingPart("events.jsonl", "not asked for (--no-events)")
      : await eventParts(dataDir, eventsSince),
    await evidenceParts(dataDir, { screens }),
    await logParts(config?.logging.directory ?? join(dataDir, "logs"), withoutSecrets),
  ];
  const missing = parts.flatMap((part) => part.missing);
  const files = [...parts.flatMap((part) => part.files), { name: "missing.txt", text: missingText(missing) }];
  const names = request.names ? undefined : [
    ...namesHere({ config, env, hostname }),
    ...written,
    ...await namesInJournal(dataDir),
    ...files.flatMap((file) => "text" in file ? namesIn(file.text) : []),
  ];
  const withoutNames = names === undefined ? (text: string) => text : hideNames(names);
  const clean = (text: string) => withoutNames(withoutSecrets(text));
  const entries = files.map((file): ZipEntry & { content: Uint8Array } => ({
    name: clean(file.name),
    content: "bytes" in file ? file.bytes : new TextEncoder().encode(cleanText(file.name, file.text, clean)),
  }));
  return {
    zip: zipOf(entries, { compress: true }),
    files: entries.map(({ name, content }) => ({ name, bytes: content.length })),
    missing,
  };
}

/** A line of events by itself: a key that was cut off in one must not take all that follow with it. */
function cleanText(name: string, text: string, clean: (text: string) => string): string {
  return name.endsWith(".jsonl") ? text.split("\n").map(clean).join("\n") : clean(text);
}

async function doctorPart({ configFile, dataDir, version }: BundleRequest): Promise<Part> {
  const name = "doctor.json";
  if (configFile === undefined) return missingPart(name, "it needs a configuration");
  try {
    const at = dataDir === undefined ? {} : { dataDir };
    return textPart(name, jsonText({ checks: await examine({ configFile, ...at, json: true, version }) }));
  } catch (error) {
    return missingPart(name, reasonOf(error));
  }
}

async function statusPart(dataDir: string): Promise<Part> {
  const name = "status.json";
  try {
    return textPart(
      name,
      jsonText(await Client.forDataDir(dataDir, { name: "hvpool support bundle" }).status()),
    );
  } catch (error) {
    return missingPart(
      name,
      error instanceof NotRunning && !(error instanceof NotAnswering)
        ? `hvpool does not run: ${reasonOf(error)}`
        : reasonOf(error),
    );
  }
}

function missingText(missing: readonly Missing[]): string {
  if (missing.length === 0) return "Nothing is missing.\n";
  return missing.map(({ name, why }) => `${name}: ${why}\n`).join("");
}
