/** Where values of pools are written, so that a remedy names the place to correct. */
import type { Config } from "../../config/config.ts";
import type { PoolKeys } from "./facts.ts";

/** By pool's name; a value that is not written anywhere has no key. */
export function poolKeys(
  { effective, settings }: Pick<Config, "effective" | "settings">,
): Map<string, PoolKeys> {
  const written = new Map(
    effective.flatMap(({ path, origin }) => origin.kind === "file" ? [[path, origin.key] as const] : []),
  );
  return new Map(settings.pools.map(({ name }, i) => {
    const switchKey = written.get(`pools[${i}].switch`);
    const groupKey = written.get(`pools[${i}].runner_group`);
    return [name, {
      ...(switchKey === undefined ? {} : { switch: switchKey }),
      ...(groupKey === undefined ? {} : { group: groupKey }),
    }];
  }));
}
