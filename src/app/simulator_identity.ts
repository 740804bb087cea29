/** Who a simulator in another process says that it is. */
import { z } from "zod";

const identity = z.object({
  appId: z.int().positive(),
  privateKey: z.string().min(1),
  org: z.string().min(1),
  /** `http://…/github` */
  github: z.url(),
  /** `tcp://…` */
  host: z.string().startsWith("tcp://"),
});

/** The app, account and addresses that a simulator hands out. The key is of no value elsewhere. */
export type SimulatorIdentity = z.infer<typeof identity>;

const LIMIT_MS = 10_000;

/**
 * Asks the simulator at `address` (`http://…`, as its first line says under `listen`).
 * @throws Error when nothing answers there, or something else does
 */
export async function askIdentity(address: string): Promise<SimulatorIdentity> {
  const url = new URL("/app", address);
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const parsed = identity.safeParse(await response.json());
  if (!parsed.success) throw new Error(`${url} is no hvpool simulator`);
  return parsed.data;
}
