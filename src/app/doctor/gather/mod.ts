/** Gathers the facts that the wanted checks need, all groups at once. */
import { type CheckRow, wantsGitHub } from "../catalog.ts";
import type { FactGroup, Facts } from "../facts.ts";
import type { Opened } from "../open.ts";
import { gatherGitHub } from "./github.ts";
import { gatherHost } from "./host.ts";
import { controllerOf, gatherLocal } from "./local.ts";
import { gatherOutbound, targets } from "./outbound.ts";

/** Gathers them. */
export async function gatherFacts(
  opened: Opened,
  rows: readonly CheckRow[],
  env: (name: string) => string | undefined,
): Promise<Facts> {
  const { facts: config, host, forge, settings, dataDir } = opened;
  const wanted = new Set<FactGroup>(rows.flatMap(({ needs }) => needs));
  const controllerId = controllerOf(dataDir);
  const [hostFacts, github, outbound, local] = await Promise.all([
    host === undefined || !wanted.has("host") ? undefined : gatherHost(host, { settings, controllerId }),
    forge === undefined || !wanted.has("github") ? undefined : gatherGitHub(forge, settings?.pools ?? []),
    opened.config === undefined || !wanted.has("outbound") || !wantsGitHub(settings)
      ? undefined
      : gatherOutbound(targets(opened.config.mode, opened.config.github.apiUrl)),
    wanted.has("local") ? gatherLocal(dataDir, env, settings) : undefined,
  ]);
  return {
    config,
    ...(hostFacts === undefined ? {} : { host: hostFacts }),
    ...(github === undefined ? {} : { github }),
    ...(outbound === undefined ? {} : { outbound }),
    ...(local === undefined ? {} : { local }),
  };
}
