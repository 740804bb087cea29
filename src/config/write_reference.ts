/** Writes `docs/configuration.md` and `docs/config.schema.json` anew: `deno run -A src/config/write_reference.ts`. */
import { configSchema } from "./json_schema.ts";
import { configReference } from "./reference.ts";

const docs = new URL("../../docs/", import.meta.url);
await Deno.mkdir(docs, { recursive: true });
await Deno.writeTextFile(new URL("configuration.md", docs), configReference());
await Deno.writeTextFile(new URL("config.schema.json", docs), `${JSON.stringify(configSchema(), null, 2)}\n`);
