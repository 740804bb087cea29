/** How a configuration reaches guests, and whether that is possible with their image. */
import type { KeyPath } from "../file/problem.ts";
import type { DELIVERY } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import type { Candidate } from "./recorder.ts";

type Delivery = typeof DELIVERY[number];

const REMEDY =
  "Put the loader into the image with scripts/guest/install-loader.ps1 and leave delivery at auto; docs/guest-protocol.md " +
  "says how";

/** Chooses and checks a `delivery`: by CD image, to which a guest is brought by PowerShell Direct where needed. */
export function checkDelivery(
  context: BuildContext,
  candidates: readonly Candidate<Delivery>[],
  as?: KeyPath,
): Delivery {
  const { document: { findings }, recorder } = context;
  const chosen = recorder.choose(candidates, "auto", as === undefined ? {} : { as });
  if (chosen.value === "vhdx" && !findings.wrong(chosen.path)) {
    findings.error(
      chosen.path,
      "vhdx is not part of this version: no disk of a guest is mounted on the host",
      {
        expected: "auto, iso or direct",
        remedy: REMEDY,
      },
    );
  }
  return chosen.value;
}

/** What a template of `templates:` says; the one of `hyperv.template_path` says it under `hyperv:`. */
export function templateDelivery(
  { values: { templates = [] } }: BuildContext,
  template: { readonly name: string } | undefined,
): Candidate<Delivery> {
  const i = templates.findIndex(({ name }) => name !== undefined && name === template?.name);
  return [["templates", i, "delivery"], templates[i]?.delivery];
}

/** Whether a template's image has the loader, as far as the file says. */
export function templateLoader(
  { values: { templates = [], hyperv = {} } }: BuildContext,
  template: { readonly name: string } | undefined,
): { readonly path: KeyPath; readonly loader: boolean | undefined } {
  const i = templates.findIndex(({ name }) => name !== undefined && name === template?.name);
  if (i >= 0) return { path: ["templates", i, "loader"], loader: templates[i]?.loader };
  return { path: ["hyperv", "loader"], loader: hyperv.loader };
}

/** What the core is told: nothing when it has to find out by itself whether the image has the loader. */
export function deliveryOf(
  context: BuildContext,
  chosen: Delivery,
  template: { readonly name: string } | undefined,
): { readonly delivery?: "iso" | "direct" } {
  const { document: { findings } } = context;
  const { path, loader } = templateLoader(context, template);
  if (chosen === "iso" && loader === false && !findings.wrong(path)) {
    findings.error(path, "nobody reads a CD image in a guest without hvpool's loader", { remedy: REMEDY });
  }
  if (chosen === "direct" || loader === false) return { delivery: "direct" };
  return chosen === "iso" || loader === true ? { delivery: "iso" } : {};
}
