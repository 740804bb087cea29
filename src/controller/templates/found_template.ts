/** A template by its name, with its disk: of the configuration as well as registered. */
import type { TemplateSettings } from "../../model/settings.ts";
import type { State } from "../../model/state.ts";
import type { ImageManifest } from "../../model/templates.ts";
import { configuredOf, registeredOf, unknownTemplate } from "./names.ts";

/** What is known of it without asking the host. */
export interface FoundTemplate {
  readonly settings: TemplateSettings;
  /** Where its disk is. */
  readonly path: string;
  /** As the journal has it; a pool may not have looked at the disk yet. */
  readonly identity?: string;
  readonly image?: ImageManifest;
}

/** @throws Refused `not_found`, with the names that there are. */
export function findTemplate(s: State, name: string): FoundTemplate {
  const configured = configuredOf(s, name);
  const registered = configured === undefined ? registeredOf(s, name) : undefined;
  const settings = configured?.settings ?? registered?.settings;
  if (settings === undefined) throw unknownTemplate(s, name);
  const disk = registered?.disk ?? configured?.pools.find((pool) => pool.disk !== undefined)?.disk;
  const image = disk?.image ?? registered?.image;
  return {
    settings,
    path: disk?.path ?? settings.path,
    ...(disk === undefined ? {} : { identity: disk.identity }),
    ...(image === undefined ? {} : { image }),
  };
}
