/** `hvpool vm info --evidence` */
import { join } from "node:path";
import type { Client } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Output } from "../../output.ts";
import { type EvidenceItemAnswer, evidenceLines } from "../../view/evidence_text.ts";
import { viewOf } from "../../view/view.ts";
import { findVm } from "./find.ts";

/** What is shown, and how. */
export interface EvidenceOptions {
  /** Name of a VM, or a cycle id. */
  readonly name: string;
  readonly json: boolean;
  /** Folder that the files are saved to. */
  readonly output?: string;
}

/** A file that was saved, or was there already. */
interface Saved {
  readonly path: string;
  readonly written: boolean;
}

/** Shows what is kept of a machine that failed, and saves it. The cycle may have ended long ago. */
export async function showEvidence(client: Client, output: Output, options: EvidenceOptions): Promise<void> {
  const { name, json, output: folder } = options;
  const evidence = await client.evidence(name);
  // What has ended may have evidence; without any, it is to be one that there is.
  if (evidence.length === 0) {
    const status = await client.status();
    if (!status.vms.some((vm) => vm.name === name)) findVm(status, name);
  }
  const saved = folder === undefined ? [] : await saveAll(client, evidence, folder);
  if (json) {
    return output.out(JSON.stringify({ evidence, saved: saved.map(({ path }) => path) }));
  }
  if (evidence.length === 0) output.out(`No evidence of ${name} is kept.`);
  for (const line of evidenceLines(evidence, viewOf(output))) output.out(line);
  for (const { path, written } of saved) output.err(`${written ? "Saved" : "Was there already:"} ${path}`);
}

async function saveAll(
  client: Client,
  evidence: readonly EvidenceItemAnswer[],
  folder: string,
): Promise<Saved[]> {
  const saved: Saved[] = [];
  for (const item of evidence) {
    const below = join(folder, safeName(item.cycle.replace("/", "-")));
    await Deno.mkdir(below, { recursive: true });
    for (const { name } of item.files) {
      const path = join(below, safeName(name));
      saved.push(await save(path, () => client.evidenceFile(item.cycle, name)));
    }
    const record = new TextEncoder().encode(JSON.stringify(item, null, 2) + "\n");
    saved.push(await save(join(below, "evidence.json"), () => Promise.resolve(record)));
  }
  return saved;
}

/** Nothing that is there is written over. What is cut off leaves no file of the name. */
async function save(path: string, read: () => Promise<Uint8Array>): Promise<Saved> {
  if (await exists(path)) return { path, written: false };
  const temporary = `${path}.part`;
  await Deno.writeFile(temporary, await read(), { mode: 0o600 });
  await Deno.rename(temporary, path);
  return { path, written: true };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** hvpool names files so; whatever else answers there does not choose where they lie. */
function safeName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._~-]{0,100}$/.test(name)) return name;
  throw new CliError(`hvpool names a file "${name}", which cannot be saved here.`, EXIT.failed);
}
