/** Templates: golden disks with the hardware of the machines made from them. */
import type { TemplateSettings } from "../../model/settings.ts";
import { OWN_NAME, OWN_NAME_RULE } from "../check/names.ts";
import { resolveHostPath } from "../check/paths.ts";
import { DEFAULT_TEMPLATE } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { TemplateValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { chooseDelivery } from "./delivery.ts";
import { given } from "./recorder.ts";
import { templateGpu } from "./template_gpu.ts";
import { templateGuest } from "./template_guest.ts";

/** Name of the template that `hyperv.template_path` makes. */
export const DEFAULT_TEMPLATE_NAME = "default";

/** Templates that can be used, and what is known of those that are wrong. */
export interface Templates {
  readonly usable: readonly TemplateSettings[];
  /** Names of all, the wrong ones too. */
  readonly names: readonly string[];
  /** Whether there may be others, whose names are wrong or missing. */
  readonly incomplete: boolean;
}

/** Builds `templates:`, and the one of `hyperv.template_path` where it is written or there is no other. */
export function buildTemplates(context: BuildContext): Templates {
  const { document: { findings }, values: { hyperv = {}, templates: listed = [] } } = context;
  const found: { name: string; path: KeyPath; settings: TemplateSettings | undefined }[] = [];
  let incomplete = findings.wrong(["templates"]) && listed.length === 0;
  listed.forEach((item, i) => {
    const at: KeyPath = ["templates", i];
    const name = templateName(context, at, item.name);
    if (name === undefined) {
      incomplete = true;
      return;
    }
    const twin = found.find((other) => other.name.toLowerCase() === name.toLowerCase());
    if (twin !== undefined) {
      findings.error([...at, "name"], `there is a template called ${JSON.stringify(twin.name)} already`, {
        remedy: "Give each template a name of its own",
      });
      return;
    }
    found.push({ name, path: [...at, "name"], settings: listedTemplate(context, at, name, item) });
  });
  if (given(hyperv.template_path) !== undefined || (listed.length === 0 && !findings.wrong(["templates"]))) {
    const twin = found.find((other) => other.name.toLowerCase() === DEFAULT_TEMPLATE_NAME);
    if (twin === undefined) {
      found.push({
        name: DEFAULT_TEMPLATE_NAME,
        path: ["hyperv", "template_path"],
        settings: seedTemplate(context),
      });
    } else {
      findings.error(
        ["hyperv", "template_path"],
        `templates: has a template called ${JSON.stringify(twin.name)} as well`,
        {
          remedy: "Remove template_path, or call the other template by another name",
        },
      );
    }
  }
  return {
    usable: found.flatMap(({ settings }) => settings === undefined ? [] : [settings]),
    names: found.map((one) => one.name),
    incomplete,
  };
}

function templateName(context: BuildContext, at: KeyPath, name: string | undefined): string | undefined {
  const { findings } = context.document;
  if (given(name) === undefined) {
    if (!findings.wrong([...at, "name"])) {
      findings.error([...at, "name"], "is missing", { expected: "a name for the template" });
    }
    return undefined;
  }
  if (name !== undefined && OWN_NAME.test(name)) return name;
  findings.error([...at, "name"], `${JSON.stringify(name)} cannot be a template's name`, {
    expected: OWN_NAME_RULE,
  });
  return undefined;
}

function listedTemplate(
  context: BuildContext,
  at: KeyPath,
  name: string,
  item: TemplateValues,
): TemplateSettings | undefined {
  const { document: { findings }, recorder, values: { hyperv = {} } } = context;
  recorder.choose([[[...at, "name"], name]], name);
  const written = given(item.path);
  if (written === undefined && !findings.wrong([...at, "path"])) {
    findings.error([...at, "path"], "is missing", {
      expected: "the golden disk (.vhdx) on the Hyper-V host",
    });
  }
  const path = written === undefined ? undefined : diskPath(context, [...at, "path"], written);
  const memoryMb = recorder.choose(
    [[[...at, "memory_mb"], item.memory_mb], [["hyperv", "vm_memory_mb"], hyperv.vm_memory_mb]],
    4096,
  );
  if (item.memory_mb !== undefined) checkMemory(context, memoryMb.path, memoryMb.value);
  const processors = recorder.choose(
    [[[...at, "processors"], item.processors], [["hyperv", "vm_cpu_count"], hyperv.vm_cpu_count]],
    2,
  );
  const secureBoot = recorder.choose(
    [[[...at, "secure_boot"], item.secure_boot]],
    "MicrosoftWindows" as const,
  );
  const tpm = recorder.choose([[[...at, "tpm"], item.tpm]], false);
  const nested = recorder.choose([[[...at, "nested"], item.nested]], false);
  const gpu = recorder.choose([[[...at, "gpu"], item.gpu]], false);
  const partition = templateGpu(context, at, item);
  const guest = templateGuest(context, at, item);
  recorder.choose([[[...at, "loader"], item.loader]], undefined);
  if (item.delivery !== undefined) chooseDelivery(context, [[[...at, "delivery"], item.delivery]]);
  if (path === undefined) return undefined;
  return {
    name,
    path,
    memoryMb: memoryMb.value,
    processors: processors.value,
    secureBoot: secureBoot.value,
    tpm: tpm.value,
    nested: nested.value,
    ...(gpu.value ? { gpu: true } : {}),
    ...partition,
    ...guest,
  };
}

function seedTemplate(context: BuildContext): TemplateSettings | undefined {
  const { document: { findings }, recorder, values: { hyperv = {} }, folder } = context;
  const at: KeyPath = ["hyperv", "template_path"];
  const written = given(hyperv.template_path);
  let path: string | undefined;
  if (written !== undefined) path = diskPath(context, at, written);
  else if (!findings.wrong(at)) {
    const resolved = resolveHostPath(DEFAULT_TEMPLATE, folder);
    if ("path" in resolved) {
      path = resolved.path;
      recorder.choose([[at, undefined]], path, { note: `${DEFAULT_TEMPLATE} below the file's folder` });
    } else findings.error(at, resolved.message, resolved);
  }
  recorder.choose([[["hyperv", "loader"], hyperv.loader]], undefined);
  if (path === undefined) return undefined;
  return {
    name: DEFAULT_TEMPLATE_NAME,
    path,
    memoryMb: hyperv.vm_memory_mb ?? 4096,
    processors: hyperv.vm_cpu_count ?? 2,
    secureBoot: "MicrosoftWindows",
    tpm: false,
    nested: false,
  };
}

function diskPath(context: BuildContext, at: KeyPath, text: string): string | undefined {
  const { document: { findings }, recorder, folder } = context;
  const resolved = resolveHostPath(text, folder);
  if ("message" in resolved) {
    findings.error(at, resolved.message, resolved);
    return undefined;
  }
  if (!/\.vhdx$/i.test(resolved.path)) {
    findings.error(at, "a generation 2 machine starts from a .vhdx file only", {
      remedy: /\.vhd$/i.test(resolved.path)
        ? "Convert it with Convert-VHD and name the new file"
        : "Name the golden disk itself, not its folder",
    });
    return undefined;
  }
  recorder.choose([[at, resolved.path]], resolved.path);
  return resolved.path;
}

/** Hyper-V refuses memory that is no multiple of 2 MB. */
export function checkMemory(context: BuildContext, at: KeyPath, memoryMb: number): void {
  if (memoryMb % 2 === 0) return;
  context.document.findings.error(at, `must be a multiple of 2 MB, not ${memoryMb}`, {
    suggestion: String(memoryMb + 1),
  });
}
