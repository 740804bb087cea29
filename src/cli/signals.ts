/** Requests to stop that come from outside: Ctrl+C, `kill`, a closed console. */

/** Hears of requests to stop. */
export interface Signals {
  /** Calls the listener with the signal's name at each request, until the returned function is called. */
  onStop(listener: (name: string) => void): () => void;
}

/** Windows knows SIGINT (Ctrl+C), SIGBREAK (Ctrl+Break), SIGHUP (console closed) and SIGTERM (shutdown). */
const NAMES: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK", "SIGHUP", "SIGTERM"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Signals of this process. While somebody listens, they no longer end it by themselves. */
export const processSignals: Signals = {
  onStop(listener) {
    const added = NAMES.map((name) => ({ name, handle: () => listener(name) }));
    for (const { name, handle } of added) Deno.addSignalListener(name, handle);
    return () => {
      for (const { name, handle } of added) Deno.removeSignalListener(name, handle);
    };
  },
};
