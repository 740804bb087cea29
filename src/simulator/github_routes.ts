/** GitHub's routes that a controller uses: what each checks, changes and answers. Shapes from GitHub's REST reference. */
import { z } from "zod";
import type { ScopeKey } from "../model/ids.ts";
import { accountOf, type Accounts, allows, type Installation, type Purpose } from "./accounts.ts";
import type { SimulatedForge } from "./forge.ts";
import { ATTEMPT, jobBody } from "./github_jobs.ts";
import { type Refusal, type Runner, type RunnerGroup, versionOf } from "./runner.ts";
import type { GitHubApp, InstallationToken } from "./github_app.ts";
import {
  ASSET_PATH,
  assetAnswer,
  downloadsBody,
  RELEASE_PATH,
  releaseAnswer,
} from "./github_release_answers.ts";
import { page } from "./github_page.ts";
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
  /** Header `Range`. */
  readonly range: string | undefined;
}

/** What is answered. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of `body`. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** The short name in faults and in the operation log. */
  readonly short?:
    | "runner.register"
    | "runner.token"
    | "runner.list"
    | "runner.remove"
    | "runner.downloads"
    | "runner.job";
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

/** Why a token may not manage runners of a scope, or not read the jobs of a repository. */
function refuses(
  scope: ScopeKey,
  token: InstallationToken | undefined,
  to: Purpose = "manage",
): RouteAnswer | undefined {
  if (token === undefined) return refusalAnswer({ status: 401, message: "Requires authentication" });
  if (token.installation.suspended) {
    return refusalAnswer({ status: 403, message: "This installation has been suspended" });
  }
  if (token.installation.account.toLowerCase() !== accountOf(scope).toLowerCase()) return notFound;
  const [kind, , repo = ""] = scope.split("/");
  const narrowed = token.repositories;
  if (kind === "repos" && narrowed !== undefined && !narrowed.includes(repo.toLowerCase())) return notFound;
  if (!allows(token.permissions, scope, to)) {
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
    version: versionOf(runner) ?? null,
    labels: runner.labels.map((name, i) => ({ id: i + 1, name, type: "custom" })),
  };
}

function groupBody(group: RunnerGroup, url: URL): Record<string, unknown> {
  const { id, name, visibility, allowsPublicRepositories } = group;
  return {
    id,
    name,
    default: id === 1,
    visibility,
    "allows_public_repositories": allowsPublicRepositories,
    "restricted_to_workflows": false,
    "selected_workflows": [],
    ...(visibility === "selected"
      ? { "selected_repositories_url": `${url.origin}${url.pathname}/${id}/repositories` }
      : {}),
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
    short: "runner.downloads",
    auth: "token",
    run: ({ forge }, { params, token, url }) =>
      refuses(scopeOf(params), token) ?? { status: 200, body: downloadsBody(forge.releases, url) },
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
    path: "/repos/:owner/:repo/actions/runs/:run/attempts/:attempt/jobs",
    short: "runner.job",
    auth: "token",
    run: ({ forge }, request) => {
      const { owner, repo, run, attempt } = request.params;
      const refused = refuses(scopeOf(request.params), request.token, "read-jobs");
      if (refused !== undefined) return refused;
      const found = Number(attempt) === ATTEMPT ? forge.run(`${owner}/${repo}`, Number(run)) : undefined;
      if (found === undefined) return notFound;
      const { runner } = found;
      const groupName = runner && forge.groups(runner.scope).find(({ id }) => id === runner.groupId)?.name;
      const apiUrl = request.url.href.slice(0, request.url.href.indexOf("/repos/"));
      return page(request, "jobs", [jobBody(found, { apiUrl, groupName })]);
    },
  },
  {
    method: "GET",
    path: "/orgs/:org/actions/runner-groups",
    auth: "token",
    run: ({ forge }, request) => {
      const scope = scopeOf(request.params);
      const refused = refuses(scope, request.token);
      if (refused !== undefined) return refused;
      return page(
        request,
        "runner_groups",
        forge.groups(scope).map((group) => groupBody(group, request.url)),
      );
    },
  },
  {
    method: "GET",
    path: "/orgs/:org/actions/runner-groups/:group/repositories",
    auth: "token",
    run: ({ forge }, request) => {
      const { org = "", group } = request.params;
      const scope = scopeOf(request.params);
      const refused = refuses(scope, request.token);
      if (refused !== undefined) return refused;
      const found = forge.groups(scope).find(({ id }) => id === Number(group));
      if (found === undefined) return notFound;
      const rows = found.repositories.map((name, i) => ({
        id: i + 1,
        name,
        "full_name": `${org}/${name}`,
        private: true,
        owner: { login: org },
      }));
      return page(request, "repositories", rows);
    },
  },
  {
    method: "GET",
    path: RELEASE_PATH,
    auth: "none",
    run: ({ forge }, { params: { tag, file }, url }) =>
      releaseAnswer(forge.releases, { tag, file, url }) ?? notFound,
  },
  {
    method: "GET",
    path: ASSET_PATH,
    auth: "none",
    run: ({ forge }, { params: { file }, range }) => assetAnswer(forge.releases, file, range) ?? notFound,
  },
  {
    method: "GET",
    path: "/rate_limit",
    auth: "none",
    run: () => ({ status: 200, body: {} }), // the door fills it in: it knows who asks
  },
];
