/** Which hvpool this is. */
import project from "../../deno.json" with { type: "json" };

/** Semantic version of this program. */
export const VERSION: string = project.version;
