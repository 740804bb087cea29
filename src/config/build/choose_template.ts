/** Which template a pool's machines are made from. */
import type { TemplateSettings } from "../../model/settings.ts";
import { registeredTemplate } from "../../model/templates.ts";
import { OWN_NAME, OWN_NAME_RULE } from "../check/names.ts";
import type { KeyPath } from "../file/problem.ts";
import { nearest } from "../file/suggest.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";
import { DEFAULT_TEMPLATE_NAME, type Templates } from "./templates.ts";

/**
 * Chooses the template of one pool: of `templates:`, or else one that was registered while hvpool ran. `undefined` when
 * there is none, or it is wrong, which is then said.
 */
export function chooseTemplate(
  context: BuildContext,
  at: KeyPath,
  item: PoolValues,
  templates: Templates,
): TemplateSettings | undefined {
  const { document: { findings }, recorder } = context;
  const path = [...at, "template"];
  const { usable, names, incomplete } = templates;
  const byName = (name: string) => usable.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const wanted = given(item.template);
  if (wanted !== undefined) {
    const found = byName(wanted);
    if (incomplete || names.some((name) => name.toLowerCase() === wanted.toLowerCase())) {
      recorder.choose([[path, found?.name ?? wanted]], wanted);
      return found;
    }
    return registered(context, path, wanted, names);
  }
  if (findings.wrong(path)) return undefined;
  const name = names.find((one) => one.toLowerCase() === DEFAULT_TEMPLATE_NAME) ??
    (names.length === 1 ? names[0] : undefined);
  if (name === undefined || incomplete) {
    if (!incomplete && names.length > 1) {
      findings.error(path, "is missing, and there is more than one template", {
        expected: `one of ${names.join(", ")}`,
      });
    }
    return undefined;
  }
  recorder.choose([[path, undefined]], name);
  return byName(name);
}

function registered(
  context: BuildContext,
  path: KeyPath,
  wanted: string,
  names: readonly string[],
): TemplateSettings | undefined {
  const { document: { findings }, recorder } = context;
  recorder.choose([[path, wanted]], wanted, { known: "registered template" });
  const meant = nearest(wanted, names);
  if (meant !== undefined) {
    findings.error(path, `there is no template called ${JSON.stringify(wanted)}`, {
      expected: `one of ${
        names.join(", ")
      }, or the name of a registered template that is not so like one of them`,
      suggestion: meant,
    });
    return undefined;
  }
  if (OWN_NAME.test(wanted)) return registeredTemplate(wanted);
  findings.error(path, `${JSON.stringify(wanted)} cannot be a template's name`, { expected: OWN_NAME_RULE });
  return undefined;
}
