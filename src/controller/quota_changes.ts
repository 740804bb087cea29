/** What other quotas mean for holders, one line for each. */
import type { Quota } from "../model/settings.ts";

const FROM_NOW_ON = "for whoever waits or asks from now on";

/** Limits by their keys in the configuration. */
function limits({ leases, memoryMb, queued }: Quota): [name: string, limit: number | undefined][] {
  return [["leases", leases], ["memory_mb", memoryMb], ["queued", queued]];
}

/** `leases 2, queued 5` */
function limitsText(quota: Quota): string {
  const said = limits(quota).flatMap(([name, limit]) => limit === undefined ? [] : [`${name} ${limit}`]);
  return said.length === 0 ? "no limit" : said.join(", ");
}

function changed(before: Quota, after: Quota): string[] {
  const old = new Map(limits(before));
  const lines = limits(after).flatMap(([name, limit]) => {
    const was = old.get(name);
    return was === limit ? [] : [`${name} ${was ?? "no limit"} → ${limit ?? "no limit"}`];
  });
  return lines.length === 0 ? [] : [`quota of ${after.holder}: ${lines.join(", ")}, ${FROM_NOW_ON}`];
}

/** One line for each entry that is new, gone or another one, and one where only their order is another. */
export function quotaChanges(before: readonly Quota[] = [], after: readonly Quota[] = []): string[] {
  const old = new Map(before.map((quota) => [quota.holder, quota]));
  const fresh = new Set(after.map(({ holder }) => holder));
  const lines = after.flatMap((quota) => {
    const was = old.get(quota.holder);
    return was === undefined
      ? [`quota of ${quota.holder}: new, ${limitsText(quota)}, ${FROM_NOW_ON}`]
      : changed(was, quota);
  });
  for (const quota of before) {
    if (!fresh.has(quota.holder)) lines.push(`quota of ${quota.holder}: gone, it was ${limitsText(quota)}`);
  }
  const stay = before.filter(({ holder }) => fresh.has(holder));
  const moved = after.filter(({ holder }) => old.has(holder)).some(({ holder }, i) =>
    stay[i]?.holder !== holder
  );
  if (moved) lines.push(`quotas: another order, of which the first that fits counts, ${FROM_NOW_ON}`);
  return lines;
}
