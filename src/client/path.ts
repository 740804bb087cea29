/** Paths of the API that name something or narrow it. */
import { ApiError } from "./errors.ts";

/**
 * `/v1/vms/linux%2F1.7/hold` of `("/v1/vms", "linux/1.7", "hold")`.
 *
 * @throws ApiError with the code `not_found` for a name that a path cannot have: `..` would mean what is above, and
 * `/v1/pools/../drain` the whole host
 */
export function pathOf(above: string, name: string, what?: string): string {
  if (/^\.{0,2}$/.test(name)) {
    throw new ApiError(`hvpool refused: Nothing is named "${name}".`, { status: 404, code: "not_found" });
  }
  return `${above}/${encodeURIComponent(name)}${what === undefined ? "" : `/${what}`}`;
}

/** `?pool=ci&limit=3`; nothing when nothing is asked for. */
export function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}
