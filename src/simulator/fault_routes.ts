/** Routes of GitHub as people write them for a fault: `{org}`, `:org`, `*` or a real name, with or without `/github`. */
import { ROUTES } from "./github_routes.ts";

const SHAPE = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;

/** The route in the one way that faults compare: without `/github`, every placeholder in braces. */
export function plainRoute(call: string): string {
  const [, method, path = ""] = SHAPE.exec(call) ?? [];
  if (method === undefined) return call;
  const segments = path.replace(/^\/github(?=\/)/, "").replace(/\/$/, "").split("/");
  return `${method} ${
    segments.map((segment) => segment.replace(/^:(\w+)$/, "{$1}").replace(/^\*$/, "{any}")).join("/")
  }`;
}

/** Whether the simulated GitHub has a route that a plain one can mean. */
export function isKnownRoute(call: string): boolean {
  const [, method, path = ""] = SHAPE.exec(call) ?? [];
  const asked = path.split("/");
  return ROUTES.some((route) => {
    const own = route.path.split("/");
    // `{scope}` stands for both kinds of account.
    const fits = path.startsWith("/{scope}/")
      ? own.slice(own[1] === "orgs" ? 3 : 4).join("/") ===
        asked.slice(2).join("/").replace(/\{(\w+)\}/g, ":$1")
      : own.length === asked.length && own.every((segment, i) => {
        const word = asked[i] ?? "";
        return segment.startsWith(":") || /^\{\w+\}$/.test(word) || segment === word;
      });
    return route.method === method && fits;
  });
}
