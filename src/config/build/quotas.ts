/** What holders may have at once: patterns that can count, and limits that go with them. */
import { quotaFits } from "../../model/leases/quotas.ts";
import type { Quota, Settings } from "../../model/settings.ts";
import type { KeyPath } from "../file/problem.ts";
import type { QuotaValues } from "../lease_keys.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** As long as a holder's name may be. */
const MAX_HOLDER = 200;

/** Reads `quotas:`. Wrong entries are left out after what is wrong with them is said. */
export function buildQuotas(context: BuildContext): Pick<Settings, "quotas"> {
  const { values: { quotas = [] } } = context;
  const built: { readonly quota: Quota; readonly at: KeyPath }[] = [];
  for (const [i, item] of quotas.entries()) {
    const at: KeyPath = ["quotas", i];
    const quota = buildQuota(context, at, item);
    if (quota === undefined || !canCount(context, [...at, "holder"], quota, built)) continue;
    built.push({ quota, at });
  }
  return built.length === 0 ? {} : { quotas: built.map(({ quota }) => quota) };
}

function buildQuota(context: BuildContext, at: KeyPath, item: QuotaValues): Quota | undefined {
  const { document: { findings }, recorder } = context;
  const path = [...at, "holder"];
  const holder = given(item.holder);
  for (const key of ["holder", "leases", "memory_mb", "queued"] as const) {
    const note = key === "holder" ? {} : { note: "no limit" };
    recorder.choose<unknown>([[[...at, key], item[key]]], undefined, note);
  }
  if (holder === undefined) {
    if (!findings.wrong(path)) findings.error(path, "is missing", { expected: "a holder's name, or *" });
    return undefined;
  }
  const star = holder.indexOf("*");
  if (holder.length > MAX_HOLDER || (star >= 0 && star < holder.length - 1)) {
    const fault = star >= 0 ? "holds * before its end" : "is longer than a holder's name can be";
    findings.error(path, `${JSON.stringify(holder.slice(0, 60))} ${fault}`, {
      expected: `a name of at most ${MAX_HOLDER} characters, or its beginning and one *`,
    });
    return undefined;
  }
  const { leases, memory_mb: memoryMb, queued } = item;
  return {
    holder,
    ...(leases === undefined ? {} : { leases }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(queued === undefined ? {} : { queued }),
  };
}

/** The first entry that fits counts: one whose holders an earlier one has all of is never looked at. */
function canCount(
  { document: { findings, locate } }: BuildContext,
  path: KeyPath,
  { holder }: Quota,
  earlier: readonly { readonly quota: Quota; readonly at: KeyPath }[],
): boolean {
  const whole = earlier.find(({ quota }) => quota.holder === holder || quotaFits(quota, holder));
  if (whole === undefined) return true;
  const { line } = locate(whole.at);
  const pattern = JSON.stringify(whole.quota.holder);
  if (whole.quota.holder === holder) {
    findings.error(path, `there is a quota of ${pattern} already, on line ${line}`, {
      remedy: "Remove one of the two",
    });
  } else {
    findings.error(path, `never counts: ${pattern} on line ${line} comes first and fits each such holder`, {
      remedy: `Write it above that of ${pattern}`,
    });
  }
  return false;
}
