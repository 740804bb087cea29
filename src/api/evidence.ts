/** Answers what is asked about machines that failed. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { EvidenceItem, Operations } from "../ports/operations.ts";
import { evidenceFileRoute, evidenceRoute } from "./evidence_routes.ts";
import type { Mutable } from "./mutable.ts";
import { PROBLEM_TYPE, problemBody } from "./problem.ts";
import { NDJSON_TYPE } from "./routes.ts";

/** By the end of a file's name. */
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jsonl: NDJSON_TYPE,
  zip: "application/zip",
};

/** Adds the routes of evidence. */
export function addEvidenceRoutes(app: OpenAPIHono, operations: Pick<Operations, "evidence">): void {
  app.openapi(evidenceRoute, async (c) => {
    const { vm } = c.req.valid("param");
    const evidence = await operations.evidence.list(vm) as Mutable<EvidenceItem>[];
    return c.json({ evidence }, 200);
  });

  app.openapi(evidenceFileRoute, async (c) => {
    const { cycle, file } = c.req.valid("param");
    // A name counts only as the list has it: it never becomes a path by itself.
    const item = (await operations.evidence.list(cycle)).find((one) => one.cycle === cycle);
    const known = item?.files.some(({ name }) => name === file) ?? false;
    const bytes = known ? await operations.evidence.read(cycle, file) : undefined;
    if (bytes !== undefined) {
      const type = TYPES[file.split(".").at(-1) ?? ""] ?? "application/octet-stream";
      return new Response(new Uint8Array(bytes), { headers: { "content-type": type } });
    }
    const there = item === undefined
      ? "Nothing is kept of this cycle"
      : `There is: ${item.files.map(({ name }) => name).join(", ")}`;
    const detail = `No evidence "${file}" of ${cycle} is kept. ${there}.`;
    return c.json(problemBody("not_found", detail), 404, PROBLEM_TYPE);
  });
}
