/** How a configuration reaches guests, and whether that is possible with their image. */
import type { KeyPath } from "../file/problem.ts";
import type { DELIVERY } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import type { Candidate } from "./recorder.ts";

type Delivery = typeof DELIVERY[number];

const REMEDY =
  "Put the loader into the image with scripts/guest/install-loader.ps1 and leave delivery at auto; docs/guest-protocol.md " +
  "says how";

/** Chooses and checks a `delivery`. Guests are reached by a CD image in this version. */
export function checkDelivery(
  context: BuildContext,
  candidates: readonly Candidate<Delivery>[],
  as?: KeyPath,
): void {
  const { document: { findings }, recorder } = context;
  const chosen = recorder.choose(candidates, "auto", as === undefined ? {} : { as });
  if (chosen.value !== "direct" && chosen.value !== "vhdx") return;
  if (findings.wrong(chosen.path)) return;
  findings.error(
    chosen.path,
    `${chosen.value} is not part of this version, which delivers by CD image only`,
    {
      expected: "auto or iso",
      remedy: REMEDY,
    },
  );
}

/** What a template of `templates:` says; the one of `hyperv.template_path` says it under `hyperv:`. */
export function templateDelivery(
  { values: { templates = [] } }: BuildContext,
  template: { readonly name: string } | undefined,
): Candidate<Delivery> {
  const i = templates.findIndex(({ name }) => name !== undefined && name === template?.name);
  return [["templates", i, "delivery"], templates[i]?.delivery];
}

/** Checks a template's `loader`: without it nobody in the guest reads a CD image. */
export function checkLoader(context: BuildContext, path: KeyPath, written: boolean | undefined): void {
  const { document: { findings }, recorder } = context;
  if (recorder.choose([[path, written]], true).value || findings.wrong(path)) return;
  findings.error(
    path,
    "machines of an image without hvpool's loader would never ask for their configuration",
    {
      remedy: REMEDY,
    },
  );
}
