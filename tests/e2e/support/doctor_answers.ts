/** What `hvpool doctor --json` answers. */
import { z } from "zod";

const check = z.strictObject({
  id: z.string(),
  status: z.enum(["ok", "warn", "fail"]),
  message: z.string().min(1),
  remedy: z.string(),
});
/** Without `--live`. */
export const doctorAnswer = z.strictObject({ checks: z.array(check) });
/** With `--live`. */
export const liveAnswer = z.strictObject({
  checks: z.array(check),
  steps: z.array(z.looseObject({ step: z.string(), runs: z.int(), failed: z.int() })),
  left: z.array(z.string()),
});
