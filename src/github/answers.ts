/** The parts of GitHub's answers that are used. Source: GitHub's OpenAPI description, version 2022-11-28. */
import { z } from "zod";

/** `GET /app`. */
export const appAnswer = z.object({ id: z.int(), slug: z.string().nullish() });

/** `GET /{scope}/installation`. */
export const installationAnswer = z.object({
  id: z.int(),
  suspended_at: z.string().nullish(),
  permissions: z.record(z.string(), z.string()).default({}),
});

/** `POST /app/installations/{id}/access_tokens`. */
export const tokenAnswer = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
});

/** `GET /orgs/{org}/actions/runner-groups`. An older server may leave out what is not needed to register. */
export const groupsAnswer = z.object({
  runner_groups: z.array(z.object({
    id: z.int(),
    name: z.string(),
    default: z.boolean().default(false),
    visibility: z.string().nullish(),
    allows_public_repositories: z.boolean().nullish(),
    restricted_to_workflows: z.boolean().nullish(),
    selected_workflows: z.array(z.string()).nullish(),
  })),
});

/** `GET /orgs/{org}/actions/runner-groups/{id}/repositories`. */
export const groupRepositoriesAnswer = z.object({
  total_count: z.int(),
  repositories: z.array(z.object({ full_name: z.string() })),
});

/** `POST /{scope}/actions/runners/generate-jitconfig`. */
export const jitAnswer = z.object({
  runner: z.object({ id: z.int() }),
  encoded_jit_config: z.string().min(1),
});

/** `GET /{scope}/actions/runners`. */
export const runnersAnswer = z.object({
  runners: z.array(z.object({
    id: z.int(),
    name: z.string(),
    status: z.string(),
    busy: z.boolean(),
    labels: z.array(z.object({ name: z.string() })).default([]),
    version: z.string().nullish(),
  })),
});

/** `GET /{scope}/actions/runners/downloads`. The checksum is the only field that a server may leave out. */
export const downloadsAnswer = z.array(z.object({
  os: z.string(),
  architecture: z.string(),
  download_url: z.string(),
  filename: z.string().nullish(),
  sha256_checksum: z.string().nullish(),
}));

/** `GET /repos/{owner}/{repo}/actions/runs/{run}/attempts/{attempt}/jobs`. An older server may leave out what is not shown. */
export const jobsAnswer = z.object({
  jobs: z.array(z.object({
    id: z.int(),
    name: z.string(),
    status: z.string(),
    conclusion: z.string().nullish(),
    runner_name: z.string().nullish(),
    workflow_name: z.string().nullish(),
    created_at: z.string().nullish(),
    started_at: z.string().nullish(),
    completed_at: z.string().nullish(),
    html_url: z.string().nullish(),
  })),
});
