/** GitHub's routes that a controller uses: what each checks, changes and answers. Shapes from GitHub's REST reference. */
import { z } from "zod";
import type { ScopeKey } from "../model/ids.ts";
import { accountOf, type Accounts, type Installation } from "./accounts.ts";
import type { SimulatedForge } from "./forge.ts";
import type { Refusal, Runner } from "./runner.ts";
import type { GitHubApp, InstallationToken } from "./github_app.ts";
import type { RateResource } from "./rates.ts";
import { REGISTRATION_TOKEN_MS } from "./registration.ts";

/** What routes work on. */
export interface GitHubWorld {
  readonly app: GitHubApp;
  readonly accounts: Accounts;
  readonly forge: SimulatedForge;
  /** GitHub's clock. */
  readonly now: () => number;
}

/** One request, authenticated. */
export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Address of this very route, for links to other pages. */
  readonly url: URL;
  readonly token: InstallationToken | undefined;
}

/** What is answered. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** The short name in faults and in the operation log. */
  readonly short?: "runner.register" | "runner.token" | "runner.list" | "runner.remove";
  readonly auth: "none" | "app" | "token";
  readonly resource?: RateResource;
  readonly run: (world: GitHubWorld, request: RouteRequest) => RouteAnswer;
}

const DOCS = "https://docs.github.com/rest";

/** GitHub's way to say no. */
export function refusalAnswer({ status, message }: Refusal): RouteAnswer {
  return { status, body: { message, "documentation_url": DOCS, status: String(status) } };
}

const notFound = refusalAnswer({ status: 404, message: "Not Found" });

const jitBody = z.object({
  name: z.string().min(1),
  "runner_group_id": z.int(),
  labels: z.array(z.string()).min(1).max(100),
  "work_folder": z.string().default("_work"),
});

const tokenBody = z.object({
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
  repositories: z.array(z.string()).optional(),
}).nullish();

/** The scope that a route is about. */
export function scopeOf(params: Readonly<Record<string, string>>): ScopeKey {
  const { org, owner, repo } = params;
  return (org !== undefined ? `orgs/${org}` : `repos/${owner ?? ""}/${repo ?? ""}`) as ScopeKey;
}

/** Why a token may not manage runners of a scope. */
function refuses(scope: ScopeKey, token: InstallationToken | undefined): RouteAnswer | undefined {
  if (token === undefined) return refusalAnswer({ status: 401, message: "Requires authentication" });
  if (token.installation.suspended) {
    return refusalAnswer({ status: 403, message: "This installation has been suspended" });
  }
  if (token.installation.account.toLowerCase() !== accountOf(scope).toLowerCase()) return notFound;
  const [kind, , repo = ""] = scope.split("/");
  const narrowed = token.repositories;
  if (kind === "repos" && narrowed !== undefined && !narrowed.includes(repo.toLowerCase())) return notFound;
  const permission = kind === "orgs" ? "organization_self_hosted_runners" : "administration";
  if (token.permissions[permission] !== "write") {
    return refusalAnswer({ status: 403, message: "Resource not accessible by integration" });
  }
  return undefined;
}

function runnerBody(runner: Runner, shown: { status: string; busy: boolean }): Record<string, unknown> {
  return {
    id: runner.id,
    name: runner.name,
    os: runner.session === undefined ? "unknown" : "Windows",
    status: shown.status,
    busy: shown.busy,
    ephemeral: true,
    "runner_group_id": runner.groupId,
    version: runner.session === undefined ? null : "2.336.0",
    labels: runner.labels.map((name, i) => ({ id: i + 1, name, type: "custom" })),
  };
}

function installationBody(world: GitHubWorld, installation: Installation): Record<string, unknown> {
  const { id, account, permissions, suspended } = installation;
  return {
    id,
    account: { login: account, id: id + 50_000, type: "Organization" },
    "app_id": world.app.id,
    "app_slug": "hvpool-simulated",
    "target_type": "Organization",
    "repository_selection": "all",
    permissions,
    events: [],
    "suspended_at": suspended ? new Date(world.now()).toISOString() : null,
  };
}

function installationOf(world: GitHubWorld, account: string | undefined): RouteAnswer {
  const installation = world.accounts.find(account ?? "");
  return installation === undefined ? notFound : { status: 200, body: installationBody(world, installation) };
}

/** One page of rows, with links to the others. */
function page(request: RouteRequest, key: string, rows: readonly unknown[]): RouteAnswer {
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

/** The same route for organizations and for repositories. */
function scoped(route: Omit<Route, "path"> & { readonly below: string }): Route[] {
  const { below, ...rest } = route;
  return ["/orgs/:org", "/repos/:owner/:repo"].map((base) => ({ ...rest, path: `${base}${below}` }));
}

/** Every route. `downloads` stands before the number of a runner. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/app",
    auth: "app",
    run: ({ app }) => ({
      status: 200,
      body: { id: app.id, "client_id": app.clientId, slug: "hvpool-simulated", name: "hvpool simulated" },
    }),
  },
  ...["/orgs/:org/installation", "/users/:user/installation", "/repos/:owner/:repo/installation"].map((
    path,
  ): Route => ({
    method: "GET",
    path,
    auth: "app",
    run: (world, { params }) => installationOf(world, params.org ?? params.user ?? params.owner),
  })),
  {
    method: "POST",
    path: "/app/installations/:id/access_tokens",
    auth: "app",
    run: (world, { params, body }) => {
      const installation = world.accounts.byId(Number(params.id));
      if (installation === undefined) return notFound;
      if (installation.suspended) {
        return refusalAnswer({ status: 403, message: "This installation has been suspended" });
      }
      const parsed = tokenBody.safeParse(body);
      if (!parsed.success) return refusalAnswer({ status: 422, message: "Invalid request." });
      const { permissions, repositories } = parsed.data ?? {};
      for (const [name, level] of Object.entries(permissions ?? {})) {
        const granted = installation.permissions[name];
        if (granted === undefined || (level === "write" && granted === "read")) {
          const message = "The permissions requested are not granted to this installation.";
          return refusalAnswer({ status: 422, message });
        }
      }
      const narrow = {
        ...permissions === undefined ? {} : { permissions },
        ...repositories === undefined ? {} : { repositories },
      };
      const token = world.app.issue(installation, narrow, world.now());
      return {
        status: 201,
        body: {
          token: token.token,
          "expires_at": new Date(token.expiresAt).toISOString(),
          permissions: token.permissions,
          "repository_selection": repositories === undefined ? "all" : "selected",
        },
      };
    },
  },
  ...scoped({
    method: "POST",
    below: "/actions/runners/generate-jitconfig",
    short: "runner.register",
    auth: "token",
    resource: "actions_runner_registration",
    run: ({ forge }, { params, body, token }) => {
      const scope = scopeOf(params);
      const refused = refuses(scope, token);
      if (refused !== undefined) return refused;
      const parsed = jitBody.safeParse(body);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const message = `Invalid request.\n\n"${issue?.path.join(".") ?? "body"}": ${
          issue?.message ?? "not valid"
        }`;
        return refusalAnswer({ status: 422, message });
      }
      const { name, labels, "runner_group_id": groupId, "work_folder": workFolder } = parsed.data;
      const made = forge.register({ scope, name, groupId, labels, workFolder });
      if ("refusal" in made) return refusalAnswer(made.refusal);
      const { runner } = made;
      return {
        status: 201,
        body: { runner: runnerBody(runner, runner), "encoded_jit_config": runner.jitConfig },
      };
    },
  }),
  ...scoped({
    method: "POST",
    below: "/actions/runners/registration-token",
    short: "runner.token",
    auth: "token",
    resource: "actions_runner_registration",
    run: ({ forge, now }, { params, token }) => {
      const scope = scopeOf(params);
      const refused = refuses(scope, token);
      if (refused !== undefined) return refused;
      const expiresAt = new Date(now() + REGISTRATION_TOKEN_MS).toISOString();
      return { status: 201, body: { token: forge.registrationToken(scope).token, "expires_at": expiresAt } };
    },
  }),
  ...scoped({
    method: "GET",
    below: "/actions/runners",
    short: "runner.list",
    auth: "token",
    run: ({ forge }, request) => {
      const scope = scopeOf(request.params);
      const refused = refuses(scope, request.token);
      if (refused !== undefined) return refused;
      const name = request.query.get("name");
      const rows = forge.list(scope).filter(({ runner }) => name === null || runner.name === name);
      return page(request, "runners", rows.map(({ runner, ...shown }) => runnerBody(runner, shown)));
    },
  }),
  ...scoped({
    method: "GET",
    below: "/actions/runners/downloads",
    auth: "token",
    run: (_, { params, token }) =>
      refuses(scopeOf(params), token) ?? {
        status: 200,
        body: ["x64", "arm64"].map((architecture) => ({
          os: "win",
          architecture,
          download_url:
            `https://github.com/actions/runner/releases/download/v2.336.0/actions-runner-win-${architecture}-2.336.0.zip`,
          filename: `actions-runner-win-${architecture}-2.336.0.zip`,
        })),
      },
  }),
  ...scoped({
    method: "GET",
    below: "/actions/runners/:id",
    auth: "token",
    run: ({ forge }, { params, token }) => {
      const scope = scopeOf(params);
      const refused = refuses(scope, token);
      if (refused !== undefined) return refused;
      const runner = forge.get(scope, Number(params.id));
      return runner === undefined ? notFound : { status: 200, body: runnerBody(runner, forge.shown(runner)) };
    },
  }),
  ...scoped({
    method: "DELETE",
    below: "/actions/runners/:id",
    short: "runner.remove",
    auth: "token",
    run: ({ forge }, { params, token }) => {
      const scope = scopeOf(params);
      const refused = refuses(scope, token);
      if (refused !== undefined) return refused;
      const refusal = forge.remove(scope, Number(params.id));
      return refusal === undefined ? { status: 204 } : refusalAnswer(refusal);
    },
  }),
  {
    method: "GET",
    path: "/orgs/:org/actions/runner-groups",
    auth: "token",
    run: ({ forge }, request) => {
      const scope = scopeOf(request.params);
      const refused = refuses(scope, request.token);
      if (refused !== undefined) return refused;
      const groups = forge.groups(scope).map(({ id, name }) => ({
        id,
        name,
        default: id === 1,
        visibility: "all",
      }));
      return page(request, "runner_groups", groups);
    },
  },
  {
    method: "GET",
    path: "/rate_limit",
    auth: "none",
    run: () => ({ status: 200, body: {} }), // the door fills it in: it knows who asks
  },
];
