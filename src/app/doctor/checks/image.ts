/** How old the runner and the Windows licence of each pool's image are, where a running controller knows it. */
import { z } from "zod";
import { type Check, fail, ok, sentence, warn } from "../check.ts";
import type { GitHubFacts, LocalFacts } from "../facts.ts";

const image = z.object({
  builtAt: z.string().nullable(),
  runner: z.string().nullable(),
  expiresAt: z.string().nullable(),
  level: z.enum(["ok", "warn", "error"]),
  why: z.string().nullable(),
});
const withImages = z.object({ pools: z.array(z.object({ name: z.string(), image: image.optional() })) });

/** What a running controller says of each pool's image; empty where none runs, or it says nothing. */
export function imagesOf(local: LocalFacts | undefined): ReadonlyMap<string, z.infer<typeof image>> {
  if (local?.api.state !== "answers") return new Map();
  const parsed = withImages.safeParse(local.api.status);
  const pools = parsed.success ? parsed.data.pools : [];
  return new Map(pools.flatMap(({ name, image: own }) => own === undefined ? [] : [[name, own] as const]));
}

/** The higher of two versions of three numbers. */
function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** `runner` */
export function checkRunner({ scopes }: Pick<GitHubFacts, "scopes">, local: LocalFacts | undefined): Check {
  const versions = scopes.flatMap(({ releases }) =>
    releases.outcome === "ok" ? releases.value.map(({ version }) => version) : []
  );
  const newest = versions.reduce<string | undefined>(
    (best, version) => best === undefined || isNewer(version, best) ? version : best,
    undefined,
  );
  if (newest === undefined) return ok("runner", "not known: GitHub offered no runner for Windows on x64.");
  const old = [...imagesOf(local)].flatMap(([pool, { runner }]) =>
    runner !== null && isNewer(newest, runner) ? [`${pool} has ${runner}`] : []
  );
  if (old.length > 0) {
    return warn(
      "runner",
      `The newest runner is ${newest}; ${old.join(", ")}.`,
      "Set runner_version: auto, or prepare the template anew: GitHub gives no jobs to a runner 30 days after a newer one.",
    );
  }
  const known = imagesOf(local).size > 0
    ? "no image is known to have an older one"
    : "what the images have is not known";
  return ok("runner", `The newest runner is ${newest}; ${known}.`);
}

/** `image:<pool>`, for pools of which a running controller says something. */
export function checkImages(local: LocalFacts | undefined): Check[] {
  return [...imagesOf(local)].map(([pool, { builtAt, runner, expiresAt, level, why }]) => {
    const id = `image:${pool}`;
    const message = [
      builtAt === null ? "when it was made is not known" : `made ${day(builtAt)}`,
      runner === null ? "its runner is not known" : `runner ${runner}`,
      expiresAt === null ? "its licence's end is not known" : `its Windows licence ends ${day(expiresAt)}`,
    ].join(", ");
    if (level === "ok") return ok(id, sentence(message));
    const words = `${sentence(message)} ${sentence(why ?? "It is too old")}`;
    const remedy = "Prepare the template anew: hvpool template prepare.";
    return level === "warn" ? warn(id, words, remedy) : fail(id, words, remedy);
  });
}

function day(iso: string): string {
  return iso.slice(0, 10);
}
