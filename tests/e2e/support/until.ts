/** Waits for something that comes by itself, with room for a slow machine. */

const POLL_MS = 100;

/**
 * Asks again and again until the answer is not `undefined`; what is thrown meanwhile counts as "not yet". The
 * error at the end names what was waited for, and `detail` or the last thing thrown.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { withinS = 60, detail }: { withinS?: number; detail?: () => string } = {},
): Promise<T> {
  const deadline = performance.now() + withinS * 1_000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const more = [last === undefined ? "" : String(last), detail?.() ?? ""].filter((part) => part !== "");
      throw new Error([`Waited ${withinS} s in vain until ${what}`, ...more].join("\n"));
    }
    await pause(POLL_MS);
  }
}

/** Waits until a condition holds. */
export async function untilTrue(
  what: string,
  holds: () => Promise<boolean> | boolean,
  options: { withinS?: number; detail?: () => string } = {},
): Promise<void> {
  await until(what, async () => await holds() ? true : undefined, options);
}

/** Waits so long. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
