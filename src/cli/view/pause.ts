/** Waiting. */

/** Waits so long, or until the signal is raised. */
export function pause(ms: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until?.aborted === true) return resolve();
    const done = () => {
      clearTimeout(timer);
      until?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    until?.addEventListener("abort", done);
  });
}
