/**
 * hvpool: pools of one-job GitHub runners, and of desktops under leases, on a Hyper-V host.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

if (import.meta.main) {
  Deno.exit(await main(Deno.args, async () => (await import("./src/app/programs.ts")).programs));
}
