/** A data directory with secrets and names in it, for tests of bundles. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inFolder } from "../../cli/testing/called.ts";
import { openDataDir } from "../../journal/datadir.ts";
import { openJournal } from "../../journal/journal.ts";
import { readOrCreateToken } from "../../journal/secrets.ts";
import { systemClock } from "../../ports/clock.ts";
import { silentLog } from "../../ports/log.ts";
import { openEvidence } from "../evidence/evidence.ts";

/** Planted wherever a secret can be. */
export const SECRETS = {
  password: "correct horse battery",
  account: "tr0ub4dor",
  proxy: "staple%40word",
  short: "s3c",
  variable: "npm-of-today",
};

/** A configuration with a secret wherever there can be one, and names of an organization and a user. */
export const CONFIG = `debug: { use_mock: true }
github: { org: initech }
runners: { env: { NPM_TOKEN: "${SECRETS.variable}" } }
hyperv: { vm_username: milton, vm_password: "${SECRETS.password}" }
guest_accounts:
  desk: { username: swingline, password: "${SECRETS.account}" }
  short: { username: lumbergh, password: "${SECRETS.short}" }
proxy: { url: "http://tps:${SECRETS.proxy}@proxy.example:3128" }
`;

const AT = Date.parse("2026-03-01T10:00:00Z");
/** Just before the second of the two events. */
export const SINCE = new Date(AT - 1).toISOString();
/** The screen of the machine that failed. */
export const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

/** Where it was planted. */
export interface Planted {
  readonly folder: string;
  readonly dataDir: string;
  readonly token: string;
}

/** What a hvpool leaves: journal, token, logs, evidence. It holds the directory while `run` runs. */
export async function withDataDir(run: (planted: Planted) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "config.yaml"), CONFIG);
    const dataDir = join(folder, "data");
    using directory = openDataDir(dataDir, { machine: "build7" });
    using journal = openJournal(directory.journalPath);
    const event = (seq: number, at: number, data: Record<string, unknown>) => ({
      seq,
      at,
      stream: "cycle/runners/1.7",
      type: "job.named",
      data,
    });
    journal.commit([
      event(1, AT - 86_400_000, { repository: "initech/tps-reports", seen: "long ago" }),
      event(2, AT, { repository: "initech/tps-reports", env: { NPM_TOKEN: 'npm of "old"' } }),
    ]);
    const token = readOrCreateToken(directory.path);
    Deno.mkdirSync(join(dataDir, "logs"));
    writeFileSync(
      join(dataDir, "logs", "2026-03-01.log"),
      [
        `passwords ${SECRETS.password}, ${SECRETS.account}, ${SECRETS.proxy}, staple@word, ${SECRETS.short}.`,
        `token ${token}, ghp_0123456789abcdefghij, Authorization: Bearer abcdefgh12345678`,
        `the variable ${SECRETS.variable}`,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIplanted\n-----END RSA PRIVATE KEY-----",
        `initech/tps-reports, Milton and swingline in C:\\Users\\bwaddams\\x`,
        "the end",
      ].join("\n"),
    );
    const evidence = openEvidence({
      directory: join(dataDir, "evidence"),
      events: () => [],
      clock: systemClock,
      log: silentLog,
    });
    const message = "initech did not answer";
    await evidence.keep({
      cycle: "runners/1.7",
      vm: "runner-1",
      cause: "boot-timeout",
      message,
      screen: PNG,
    });
    await evidence.close();
    await run({ folder, dataDir, token });
  });
}

/** Nobody holds the copy, as after a crash. */
export function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}
