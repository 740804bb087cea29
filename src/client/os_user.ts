/** The user of the operating system, as the journal of hvpool is to have whoever asks. */
import { hostname, userInfo } from "node:os";

/** What is asked about this machine; for tests. */
export interface UserSources {
  readonly env: (name: string) => string | undefined;
  readonly user?: () => string;
  readonly host?: () => string;
}

/** `CORP\\alice` on Windows, else `alice@host`; `undefined` where neither is told. Never throws. */
export function osUser(
  { env, user = () => userInfo().username, host = hostname }: UserSources,
): string | undefined {
  const told = (read: () => string | undefined): string | undefined => {
    try {
      return read()?.trim() || undefined;
    } catch {
      return undefined; // not permitted, or an account without a name: no reason not to do what was asked
    }
  };
  const name = told(() => env("USERNAME")) ?? told(user) ?? told(() => env("USER")) ??
    told(() => env("LOGNAME"));
  if (name === undefined) return undefined;
  const domain = told(() => env("USERDOMAIN"));
  if (domain !== undefined) return `${domain}\\${name}`;
  const machine = told(host);
  return machine === undefined ? name : `${name}@${machine}`;
}
