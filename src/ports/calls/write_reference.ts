/** Writes `docs/host-calls.md` anew: `deno run -A src/ports/calls/write_reference.ts`. */
import { hostCallsReference } from "./reference.ts";

await Deno.writeTextFile(new URL("../../../docs/host-calls.md", import.meta.url), hostCallsReference());
