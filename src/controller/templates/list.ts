/** What is told of templates. */
import type { TemplateSettings } from "../../model/settings.ts";
import type { State } from "../../model/state.ts";
import type { PreparationStatus, TemplateStatus } from "../../model/status.ts";
import type { ImageManifest, RegisteredTemplate } from "../../model/templates.ts";
import { failureShown } from "./failed_preparation.ts";
import { type ConfiguredTemplate, configuredTemplates, failedOf, sameName } from "./names.ts";
import { usersOf } from "./users.ts";

/** How far the image is that is being prepared. */
export type Preparing = () => PreparationStatus | undefined;

/** Those of the configuration first, then the registered ones and the one that is about to be, each by name. */
export function listTemplates(s: State, preparing: Preparing | undefined): TemplateStatus[] {
  const rows = configuredTemplates(s).map((template) => describeConfigured(s, template, preparing));
  const registered = [...s.templates.values()].map((template) => describeRegistered(s, template, preparing));
  const { preparation } = s;
  const known = [...rows, ...registered];
  if (preparation !== undefined && !known.some(({ name }) => sameName(name, preparation.template.name))) {
    registered.push({
      ...describe(s, preparation.template, undefined, preparing),
      origin: "registered",
      source: preparation.origin,
      path: null,
      version: null,
      registeredAt: null,
    });
  }
  for (const [name, { wanted: { settings } }] of s.unprepared) {
    if ([...known, ...registered].some((row) => sameName(row.name, name))) continue;
    registered.push({
      ...describe(s, settings, undefined, preparing),
      origin: "registered",
      source: settings.path,
      path: null,
      version: null,
      registeredAt: null,
    });
  }
  return [...rows, ...registered.sort((a, b) => a.name < b.name ? -1 : 1)];
}

/** One of {@linkcode listTemplates}. */
export function templateStatus(
  s: State,
  name: string,
  preparing: Preparing | undefined,
): TemplateStatus | undefined {
  return listTemplates(s, preparing).find((row) => sameName(row.name, name));
}

function describeConfigured(
  s: State,
  { settings, pools }: ConfiguredTemplate,
  preparing: Preparing | undefined,
): TemplateStatus {
  const disk = pools.find((pool) => pool.disk !== undefined)?.disk;
  return {
    ...describe(s, settings, disk?.image, preparing),
    origin: "configuration",
    source: settings.path,
    path: disk?.path ?? null,
    version: null,
    registeredAt: null,
  };
}

function describeRegistered(
  s: State,
  { settings, disk, image, version, registeredAt, origin }: RegisteredTemplate,
  preparing: Preparing | undefined,
): TemplateStatus {
  return {
    ...describe(s, settings, disk.image ?? image, preparing),
    origin: "registered",
    source: origin,
    path: disk.path,
    version,
    registeredAt: new Date(registeredAt).toISOString(),
  };
}

type Common = Omit<TemplateStatus, "origin" | "source" | "path" | "version" | "registeredAt">;

function describe(
  s: State,
  settings: TemplateSettings,
  image: ImageManifest | undefined,
  preparing: Preparing | undefined,
): Common {
  const { name, memoryMb, processors, secureBoot, tpm, nested, gpu = false, software = {} } = settings;
  const isPrepared = s.preparation !== undefined && sameName(s.preparation.template.name, name);
  const unprepared = failedOf(s, name);
  return {
    name,
    memoryMb,
    processors,
    secureBoot,
    tpm,
    nested,
    gpu,
    gpuPartition: settings.gpuPartition ?? null,
    software,
    credentials: settings.credentials ?? null,
    probe: settings.probe ?? null,
    runner: image?.runner ?? null,
    builtAt: image?.builtAt ?? null,
    expiresAt: image?.expiresAt ?? null,
    users: usersOf(s, name),
    preparing: isPrepared ? preparing?.() ?? null : null,
    failed: unprepared === undefined ? null : failureShown(unprepared.failed),
  };
}
