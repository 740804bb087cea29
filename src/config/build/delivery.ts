/** How a configuration reaches guests, and whether that is possible with their image. */
import type { PoolSettings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { DELIVERY, REGISTRATION } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import type { Candidate, Chosen } from "./recorder.ts";
import { checkToken } from "./registration.ts";

type Delivery = typeof DELIVERY[number];

const REMEDY =
  "Put the loader into the image with scripts/guest/install-loader.ps1 and leave delivery at auto; docs/guest-protocol.md " +
  "says how";

/** Chooses a `delivery`: the first that is written, else `auto`. */
export function chooseDelivery(
  { recorder }: BuildContext,
  candidates: readonly Candidate<Delivery>[],
  as?: KeyPath,
): Delivery {
  return recorder.choose(candidates, "auto", as === undefined ? {} : { as }).value;
}

/** What a template of `templates:` says; the one of `hyperv.template_path` says it under `hyperv:`. */
export function templateDelivery(
  { values: { templates = [] } }: BuildContext,
  template: { readonly name: string } | undefined,
): Candidate<Delivery> {
  const i = templates.findIndex(({ name }) => name !== undefined && name === template?.name);
  return [["templates", i, "delivery"], templates[i]?.delivery];
}

/** Whether a template's image has the loader, as far as the file says: nothing of a registered template's. */
export function templateLoader(
  { values: { templates = [], hyperv = {} } }: BuildContext,
  template: { readonly name: string; readonly path: string } | undefined,
): { readonly path: KeyPath; readonly loader: boolean | undefined } {
  const i = templates.findIndex(({ name }) => name !== undefined && name === template?.name);
  if (i >= 0) return { path: ["templates", i, "loader"], loader: templates[i]?.loader };
  return { path: ["hyperv", "loader"], loader: template?.path === "" ? undefined : hyperv.loader };
}

/** What the core is told: no delivery when it has to find out by itself whether the image has the loader. */
export function deliveryOf(
  context: BuildContext,
  chosen: Delivery,
  registration: Chosen<typeof REGISTRATION[number]>,
  template: { readonly name: string; readonly path: string } | undefined,
): Pick<PoolSettings, "delivery" | "registration"> {
  const { document: { findings } } = context;
  const { path, loader } = templateLoader(context, template);
  if (registration.value === "token") {
    checkToken(context, registration.path, chosen, loader === true);
    return chosen === "direct" || chosen === "vhdx" ? { delivery: chosen, registration: "token" } : {};
  }
  if (loader === false && !findings.wrong(path)) {
    if (chosen === "iso") {
      findings.error(path, "nobody reads a CD image in a guest without hvpool's loader", { remedy: REMEDY });
    } else if (chosen === "vhdx") {
      findings.error(path, "nobody reads what is written onto the disk of a guest without hvpool's loader", {
        remedy: `${REMEDY}. An image made for hyperv-runner-pool needs registration: token`,
      });
    }
  }
  if (chosen === "vhdx") return { delivery: "vhdx" };
  if (chosen === "direct" || loader === false) return { delivery: "direct" };
  return chosen === "iso" || loader === true ? { delivery: "iso" } : {};
}
