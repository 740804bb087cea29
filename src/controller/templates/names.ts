/** Names of templates: what one may be called, and which template a name means. */
import { isRegistered } from "../../model/rollout.ts";
import type { TemplateSettings } from "../../model/settings.ts";
import type { Pool, State } from "../../model/state.ts";
import type { FailedPreparation, RegisteredTemplate } from "../../model/templates.ts";
import { failureShown } from "./failed_preparation.ts";
import { Refused } from "./refused.ts";

/** The same rule as in a configuration. */
export const TEMPLATE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** A template of the configuration, and the pools that are made from it. */
export interface ConfiguredTemplate {
  /** As written. */
  readonly settings: TemplateSettings;
  readonly pools: readonly Pool[];
}

/** Whether two names mean one template: case does not count. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Refuses what cannot be a name. */
export function checkName(name: string): void {
  if (TEMPLATE_NAME.test(name)) return;
  throw new Refused(
    "invalid",
    `${
      JSON.stringify(name)
    } cannot be a template's name: at most 40 letters, digits, dashes, underscores and dots, ` +
      "beginning with a letter or digit.",
  );
}

/** The registered template of a name. */
export function registeredOf(s: State, name: string): RegisteredTemplate | undefined {
  const exact = s.templates.get(name);
  if (exact !== undefined) return exact;
  for (const [known, template] of s.templates) if (sameName(known, name)) return template;
  return undefined;
}

/** The configuration's templates that pools are made from, by name. */
export function configuredTemplates(s: State): ConfiguredTemplate[] {
  const found = new Map<string, { settings: TemplateSettings; pools: Pool[] }>();
  for (const written of s.settings.pools) {
    if (isRegistered(written)) continue;
    const { template } = written;
    const key = template.name.toLowerCase();
    const entry = found.get(key) ?? { settings: template, pools: [] };
    found.set(key, entry);
    const pool = s.pools.get(written.name);
    if (pool !== undefined) entry.pools.push(pool);
  }
  return [...found.values()].sort((a, b) => a.settings.name < b.settings.name ? -1 : 1);
}

/** The template of the configuration that a name means. */
export function configuredOf(s: State, name: string): ConfiguredTemplate | undefined {
  return configuredTemplates(s).find(({ settings }) => sameName(settings.name, name));
}

/** Names of all templates. */
export function knownNames(s: State): string[] {
  return [...configuredTemplates(s).map(({ settings }) => settings.name), ...[...s.templates.keys()].sort()];
}

/** So many names are told when one is not known. */
const NAMES_TOLD = 10;

/** The preparation under a name that came to nothing: the name as it is in the journal, and why. */
export function failedOf(s: State, name: string): { name: string; failed: FailedPreparation } | undefined {
  for (const [known, failed] of s.unprepared) if (sameName(known, name)) return { name: known, failed };
  return undefined;
}

/** There is no template of a name: which ones there are, those like it first. */
export function unknownTemplate(s: State, name: string): Refused {
  const unprepared = failedOf(s, name);
  if (unprepared !== undefined) {
    return new Refused(
      "not_found",
      `The template ${JSON.stringify(unprepared.name)} has no disk: its preparation came to nothing. ` +
        `${failureShown(unprepared.failed)} Prepare it again, or delete it.`,
    );
  }
  const known = knownNames(s);
  const near = known.filter((other) => isNear(name, other));
  const told = near.length > 0 ? near : known;
  const names = told.slice(0, NAMES_TOLD).join(", ") + (told.length > NAMES_TOLD ? ", …" : "");
  const hint = near.length > 0
    ? `Did you mean ${names}?`
    : known.length > 0
    ? `There is: ${names}.`
    : "None is registered: hvpool template register does it.";
  return new Refused("not_found", `There is no template ${JSON.stringify(name.slice(0, 100))}. ${hint}`);
}

/** Whether somebody who typed one name may have meant the other. */
function isNear(a: string, b: string): boolean {
  const [left, right] = [plain(a), plain(b)];
  if (left === "" || right === "") return false;
  if (left.length >= 3 && (right.startsWith(left) || left.startsWith(right))) return true;
  return distance(left, right) <= Math.max(1, Math.floor(Math.min(left.length, right.length) / 3));
}

function plain(name: string): string {
  return name.slice(0, 60).toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Letters to insert, delete or change. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}

/**
 * Refuses a name that cannot be registered now; answers the template that gets a new version, if there is one.
 * `replace` is for the caller to look at: the same disk again is no replacement.
 */
export function nameToRegister(s: State, name: string): RegisteredTemplate | undefined {
  checkName(name);
  const configured = configuredOf(s, name);
  if (configured !== undefined) {
    throw new Refused(
      "conflict",
      `A template of the configuration is called ${JSON.stringify(configured.settings.name)}. ` +
        "Choose another name, or take that one out of the file first.",
    );
  }
  const { preparation } = s;
  if (preparation !== undefined && sameName(preparation.template.name, name)) {
    throw new Refused(
      "conflict",
      `An image called ${
        JSON.stringify(preparation.template.name)
      } is being prepared. Wait until it is ready.`,
    );
  }
  return registeredOf(s, name);
}

/** A name is taken by a template that may not be replaced. */
export function nameTaken({ settings: { name }, version, origin }: RegisteredTemplate): Refused {
  return new Refused(
    "conflict",
    `There is a template ${
      JSON.stringify(name)
    } already (version ${version}, from ${origin}), with another disk or ` +
      "other hardware. Ask for its replacement to give it a new version, or choose another name.",
  );
}
