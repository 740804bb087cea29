/** Which methods each path knows, for the answer to one that it does not know. */
import { evidenceFileRoute, evidenceRoute } from "./evidence_routes.ts";
import { jobRoute, jobsRoute } from "./job_routes.ts";
import { INVENTORY_ROUTES } from "./inventory.ts";
import { LEASE_ROUTES } from "./lease_change_routes.ts";
import { MAINTENANCE_ROUTES } from "./maintenance_routes.ts";
import { POOL_ROUTES } from "./pool_routes.ts";
import {
  eventsRoute,
  healthRoute,
  metricsRoute,
  OPENAPI_PATH,
  rolloutRoute,
  statusRoute,
  stopRoute,
} from "./routes.ts";
import {
  deleteTemplateRoute,
  exportTemplateRoute,
  importTemplateRoute,
  prepareTemplateRoute,
  registerTemplateRoute,
  templateRoute,
  templatesRoute,
  verifyTemplateRoute,
} from "./template_routes.ts";

const ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  statusRoute,
  eventsRoute,
  stopRoute,
  rolloutRoute,
  ...INVENTORY_ROUTES,
  ...MAINTENANCE_ROUTES,
  ...POOL_ROUTES,
  ...LEASE_ROUTES,
  jobsRoute,
  jobRoute,
  evidenceRoute,
  evidenceFileRoute,
  templatesRoute,
  registerTemplateRoute,
  templateRoute,
  deleteTemplateRoute,
  verifyTemplateRoute,
  prepareTemplateRoute,
  exportTemplateRoute,
  importTemplateRoute,
  healthRoute,
  metricsRoute,
  { path: OPENAPI_PATH, method: "get" },
];

/** HEAD goes with GET. */
const METHODS = new Map<string, string[]>();
for (const { path, method } of ROUTES) {
  const methods = METHODS.get(path) ?? [];
  METHODS.set(path, [...methods, ...(method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])]);
}

const KNOWN_PATHS = [...METHODS].map(([path, methods]) => ({
  // A parameter is one part of the path, whatever stands there.
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  methods,
}));

/** Methods that the path of a request knows; `undefined` when there is no such path. */
export function methodsOf(path: string): readonly string[] | undefined {
  return KNOWN_PATHS.find(({ pattern }) => pattern.test(path))?.methods;
}
