/** Lists in pages, as GitHub answers them. */
import type { RouteAnswer, RouteRequest } from "./github_routes.ts";

/** One page of rows, with links to the others. */
export function page(
  request: Pick<RouteRequest, "query" | "url">,
  key: string,
  rows: readonly unknown[],
): RouteAnswer {
  const whole = (name: string, otherwise: number) => {
    const value = Number(request.query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  const perPage = Math.min(100, whole("per_page", 30));
  const at = whole("page", 1);
  const last = Math.max(1, Math.ceil(rows.length / perPage));
  const link = (rel: string, number: number) => {
    const url = new URL(request.url);
    url.searchParams.set("page", String(number));
    return `<${url}>; rel="${rel}"`;
  };
  const links = [
    ...at > 1 ? [link("prev", at - 1), link("first", 1)] : [],
    ...at < last ? [link("next", at + 1), link("last", last)] : [],
  ];
  const body = { "total_count": rows.length, [key]: rows.slice((at - 1) * perPage, at * perPage) };
  return { status: 200, body, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}
