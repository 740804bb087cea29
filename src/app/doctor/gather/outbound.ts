/** Tries the addresses that hvpool and runners need: name, connection, TLS, and a proxy if one is set. */
import type { Mode } from "../../../config/config.ts";
import type { OutboundFact } from "../facts.ts";

/** An address to try. */
export interface Target {
  /** Anything that answers HTTP there will do. */
  readonly url: string;
  readonly essential: boolean;
  readonly use: string;
}

function https(host: string, essential: boolean, use: string): Target {
  return { url: `https://${host}/`, essential, use };
}

/**
 * Of the names with an asterisk in GitHub's list, those that every runner asks.
 * Source: docs.github.com, "Communicating with self-hosted runners".
 */
const GITHUB: readonly Target[] = [
  https("api.github.com", true, "hvpool itself"),
  https("github.com", true, "registration and checkout"),
  https(
    "pipelines.actions.githubusercontent.com",
    true,
    "registration and jobs (*.actions.githubusercontent.com)",
  ),
  https("broker.actions.githubusercontent.com", true, "jobs (*.actions.githubusercontent.com)"),
  https("results-receiver.actions.githubusercontent.com", true, "logs, artifacts and caches"),
  https(
    "productionresultssa0.blob.core.windows.net",
    false,
    "logs, artifacts and caches (*.blob.core.windows.net)",
  ),
  https("codeload.github.com", true, "downloading actions"),
  https("objects.githubusercontent.com", false, "downloading the runner and releases"),
  https("release-assets.githubusercontent.com", false, "downloading the runner and releases"),
  https("ghcr.io", false, "actions and containers in the registry"),
  https("pkg-containers.githubusercontent.com", false, "actions and containers in the registry"),
];

/** What is needed with this configuration. A server of one's own is all that its runners need. */
export function targets(mode: Mode, apiUrl: string | undefined): readonly Target[] {
  if (mode.kind === "mock") return [];
  if (mode.kind === "simulator") {
    return [{ url: apiUrl ?? mode.address, essential: true, use: "the simulated host and GitHub" }];
  }
  if (apiUrl === undefined) return GITHUB;
  const url = new URL(apiUrl);
  if (url.hostname === "api.github.com") return GITHUB;
  const residency = /^api\.([a-z0-9-]+\.ghe\.com)$/.exec(url.hostname)?.[1];
  if (residency !== undefined) {
    return [
      https(url.hostname, true, "hvpool itself"),
      https(residency, true, "registration, jobs and checkout"),
    ];
  }
  return [{ url: `${url.origin}/`, essential: true, use: "hvpool and runners" }];
}

/** Tries all of them at once. */
export function gatherOutbound(all: readonly Target[], limitMs = 10_000): Promise<OutboundFact[]> {
  return Promise.all(all.map(async ({ url, essential, use }) => {
    const { host } = new URL(url);
    const problem = await reach(url, limitMs);
    return { host, essential, use, ...(problem === undefined ? {} : { problem }) };
  }));
}

/** Why it was not reached; `undefined`: it answered, whatever it said. */
async function reach(url: string, limitMs: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(limitMs),
    });
    await response.body?.cancel();
    return response.status === 407 ? "the proxy wants to know who we are (407)" : undefined;
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return `no answer within ${limitMs / 1_000} s`;
    }
    return reasonOf(error);
  }
}

/** The innermost words say most. */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${words}${words.includes(cause.slice(2)) ? "" : cause}`;
}
