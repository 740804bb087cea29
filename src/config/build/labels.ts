/** Labels of a pool's runners: the default ones and its own. GitHub adds none to a just-in-time runner. */
import { labelFault } from "../check/names.ts";
import { DEFAULT_LABELS } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";

/** GitHub's limit for one runner. */
export const MAX_LABELS = 100;

/** Builds the complete list; `undefined` when the written labels are wrong, which is then said. */
export function buildLabels(
  context: BuildContext,
  pool: KeyPath,
  item: PoolValues,
): readonly string[] | undefined {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const withDefaults = recorder.choose(
    [[[...pool, "default_labels"], item.default_labels], [
      ["runners", "default_labels"],
      runners.default_labels,
    ]],
    true,
  ).value;
  const path: KeyPath = item.labels === undefined ? ["runners", "labels"] : [...pool, "labels"];
  const written = item.labels ?? runners.labels ?? [];
  const labels = withDefaults ? [...DEFAULT_LABELS] : [];
  const seen = new Map(labels.map((label) => [label.toLowerCase(), "default"]));
  // Labels that several pools inherit are wrong once, not once for each pool.
  const known = findings.wrong(path);
  written.forEach((label, i) => {
    const at = [...path, i];
    const fault = labelFault(label);
    const before = seen.get(label.toLowerCase());
    if (fault !== undefined) {
      if (!known) findings.error(at, fault.message, fault);
    } else if (before === "default") {
      // The first seed's own example lists `windows` and `x64`: harmless, so it is not refused.
      if (!warned(context, at)) {
        findings.warn(
          at,
          `every runner has the label ${JSON.stringify(label)} already (case does not count)`,
          {
            remedy: "Remove it, or set default_labels: false",
          },
        );
      }
    } else if (before !== undefined) {
      if (!known) {
        findings.error(
          at,
          `the labels ${JSON.stringify(before)} and ${JSON.stringify(label)} are one to GitHub`,
          {
            remedy: "Remove one of the two",
          },
        );
      }
    } else {
      seen.set(label.toLowerCase(), label);
      labels.push(label);
    }
  });
  if (labels.length > MAX_LABELS && !known) {
    findings.error(
      path,
      `a runner has at most ${MAX_LABELS} labels, with the default ones; these are ${labels.length}`,
      {
        remedy: "Remove some, or set default_labels: false",
      },
    );
  }
  if (labels.length === 0 && !findings.wrong(path)) {
    findings.error(path, "a runner needs at least one label", {
      remedy: "Add labels, or remove default_labels: false",
    });
  }
  recorder.record(
    [...pool, "labels"],
    labels,
    written.length > 0 ? recorder.origin(path) : { kind: "default", note: "the default labels" },
  );
  return findings.wrong(path) ? undefined : labels;
}

function warned(context: BuildContext, at: KeyPath): boolean {
  const { line, column } = context.document.locate(at);
  return context.document.findings.warnings.some((warning) =>
    warning.line === line && warning.column === column
  );
}
