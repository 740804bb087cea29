/** What the commands can start; each is loaded only when it is. */
import type { Programs } from "../cli/programs.ts";

/** See {@linkcode Programs}. */
export const programs: Programs = {
  runDaemon: async (options) => await (await import("./daemon.ts")).runDaemon(options),
  runSimulator: async (options) => await (await import("./simulator.ts")).runSimulator(options),
  runDev: async (options) => await (await import("./dev.ts")).runDev(options),
  runBridgeCall: async (options) => await (await import("./bridge.ts")).runBridgeCall(options),
  runDoctor: async (options) => await (await import("./doctor/doctor.ts")).runDoctor(options),
  runMigrate: async (options) => await (await import("./migrate/migrate.ts")).runMigrate(options),
  runNetwork: async (options) => await (await import("./network/network.ts")).runNetwork(options),
  runSupport: async (options) => await (await import("./support/support.ts")).runSupport(options),
  openConsole: async (options) => await (await import("./console.ts")).openConsole(options),
  bridgeCalls: async () => (await import("./bridge.ts")).bridgeCalls(),
  deletePoolStopped: async (options) => (await import("./delete_pool.ts")).deletePoolStopped(options),
  openJournal: async (dataDir) => await (await import("./journal_events.ts")).openJournalEvents(dataDir),
};
