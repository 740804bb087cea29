/** What whoever tries agent pools on a simulated host has to know: such a host tells by a path what is in an image. */
import type { Config } from "../config/config.ts";
import type { PoolSettings } from "../model/settings.ts";

/** For the log; nothing on a real host, or where no machine waits for a desktop. Pools may also be made later. */
export function ofSimulatedDesktops(
  { kind }: Config["mode"],
  pools: readonly Pick<PoolSettings, "kind" | "agent">[],
): string | undefined {
  const waits = pools.length === 0 || pools.some(({ agent }) => agent?.desktop === true);
  return kind === "host" || !waits
    ? undefined
    : "The host is simulated: its guests have a desktop only where the path of their image, or the name of their " +
      "registered template, has `desktop` or `agent` in it. Without it, agent pools wait unless they have desktop: false";
}
