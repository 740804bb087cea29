/** `hvpool doctor`: gathers facts, runs the checks, says one line each. Answers the exit code. */
import type { DoctorOptions } from "../../cli/programs.ts";
import { doctorLines } from "../../cli/view/doctor_text.ts";
import { isWanted, rowsFor, unknownIds } from "./catalog.ts";
import type { Check } from "./check.ts";
import { gatherFacts } from "./gather/mod.ts";
import { openForDoctor } from "./open.ts";

const OK = 0;
const FAILED = 1;
const BAD_USE = 2;

/** Runs it. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { output, only, live } = options;
  const unknown = only === undefined ? [] : unknownIds(only);
  if (unknown.length > 0) {
    const { CHECKS } = await import("./catalog.ts");
    output.err(
      `error: There is no check ${unknown.join(", ")}. There are: ${CHECKS.map(({ id }) => id).join(", ")}.`,
    );
    return BAD_USE;
  }
  if (live !== undefined) {
    const { runLive } = await import("./live/live.ts");
    return await runLive({ ...options, live });
  }
  const checks = await examine(options);
  if (options.json) output.out(JSON.stringify({ checks }));
  else {for (const line of doctorLines(checks, { colors: output.colors, width: output.columns })) {
      output.out(line);
    }}
  return checks.some(({ status }) => status === "fail") ? FAILED : OK;
}

/** Everything that the doctor has to say. */
export async function examine(options: Omit<DoctorOptions, "output" | "signals">): Promise<readonly Check[]> {
  const { configFile, dataDir, version, only } = options;
  const env = (name: string) => Deno.env.get(name);
  const opened = await openForDoctor({
    configFile,
    version,
    env,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  try {
    const rows = rowsFor(only);
    const facts = await gatherFacts(opened, rows, env);
    return rows.flatMap(({ run }) => run(facts)).filter(({ id }) => isWanted(id, only));
  } finally {
    await opened.close();
  }
}
