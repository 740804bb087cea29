/** What a machine offers at its address, as far as that is known: what the probe of its template asks for. */
import type { TemplateSettings } from "../model/settings.ts";
import type { LeaseStatus } from "../model/status.ts";

/** None without an address, or where the template has no probe. */
export function endpointsOf(
  address: string | undefined,
  probe: TemplateSettings["probe"],
): LeaseStatus["endpoints"] {
  if (address === undefined || probe === undefined) return [];
  if ("tcp" in probe) return [{ name: "tcp", url: `tcp://${address}:${probe.tcp}` }];
  return [{ name: "http", url: probe.http.replaceAll("{address}", address) }];
}
