/** Makes files of what a guest is given, at the last moment: for a config drive, for a disk, or for a seed's image. */
import type { Delivery } from "../model/effects.ts";
import type { Ms } from "../model/ids.ts";
import { CACHE_VARIABLE } from "../model/settings.ts";
import { CONFIG_DRIVE_FILE, GUEST_PROTOCOL, type GuestSetup, type Introduction } from "../ports/guest.ts";
import { SEED_CONFIG_FILE, seedConfig } from "../ports/seed_config.ts";
import { GUEST_SCRIPTS } from "./guest_scripts.ts";

/** How long a guest whose runner ended waits to be told that it was heard. Claimed guests are read more often. */
const BYE_SECONDS = 5;

/** Folder on the Windows volume in which the loader looks for a configuration. */
const INBOX = "ProgramData\\hvpool\\inbox";

/** A text file. */
interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** The files of a config drive, for an image with the loader. */
export function introductionFiles(
  { use, cycle, env, network }: Delivery,
  jitConfig: string,
  now: Ms,
  setup?: GuestSetup,
): TextFile[] {
  const { pinned, caCertificates = [] } = setup ?? {};
  const introduction: Introduction = {
    protocol: GUEST_PROTOCOL,
    cycle,
    use,
    now: new Date(now).toISOString(),
    jitConfig,
    env,
    byeSeconds: BYE_SECONDS,
    runner: { user: setup?.user ?? "standard", ...(pinned === undefined ? {} : { pinned }) },
    ...(caCertificates.length === 0 ? {} : { caCertificates }),
    ...(network === undefined ? {} : { network }),
  };
  return [{ name: CONFIG_DRIVE_FILE, text: JSON.stringify(introduction) }, ...GUEST_SCRIPTS];
}

/** What is written onto the Windows volume of a disk before its machine is made; paths below its root. */
export function filesOnDisk(
  delivery: Delivery,
  now: Ms,
  setup?: GuestSetup,
): { path: string; text: string }[] {
  const { credentials } = delivery;
  if (credentials.kind === "token") {
    return [{ path: SEED_CONFIG_FILE, text: seedFile(delivery, credentials.token) }];
  }
  return introductionFiles(delivery, credentials.jitConfig, now, setup)
    .map(({ name, text }) => ({ path: `${INBOX}\\${name}`, text }));
}

/** The file that an image of hyperv-runner-pool configures itself from. */
export function seedFile({ runner, env }: Delivery, token: string): string {
  const cacheUrl = env[CACHE_VARIABLE];
  return seedConfig({ ...runner, token, ...(cacheUrl === undefined ? {} : { cacheUrl }) });
}
