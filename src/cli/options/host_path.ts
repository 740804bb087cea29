/** Paths on the Hyper-V host, as people type them: the same rules as in the configuration. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { resolveHostPath } from "../../config/check/paths.ts";
import { type Platform, thisPlatform } from "../../config/defaults.ts";

/** Where a command is called. */
export interface Here {
  readonly platform: Platform;
  /** The current folder. */
  readonly folder: string;
}

const EXPECTED = "Expected an absolute path of the Hyper-V host, such as C:\\Templates\\win11.vhdx.";

/**
 * An absolute path. On Windows a relative one begins at the current folder; elsewhere the host is another machine,
 * or simulated, and has no current folder.
 */
export function hostPathValue(text: string, here: Here = thisPlace()): string {
  const { platform, folder } = here;
  const resolved = resolveHostPath(text, platform === "windows" ? folder : "");
  if ("message" in resolved) {
    const { message, remedy, suggestion } = resolved;
    const help = suggestion !== undefined
      ? `Did you mean ${suggestion}?`
      : remedy === undefined
      ? EXPECTED
      : `${remedy}.`;
    throw new InvalidArgumentError(`${message.charAt(0).toUpperCase()}${message.slice(1)}. ${help}`);
  }
  if (resolved.relative && platform !== "windows") throw new InvalidArgumentError(EXPECTED);
  return resolved.path;
}

/** A folder on the host, a share, or a web address. */
export function placeValue(text: string, here: Here = thisPlace()): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return hostPathValue(text, here);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError(
      "Expected an address such as https://files.example/win11, a folder or a share.",
    );
  }
  const { username, password } = new URL(text);
  if (username + password !== "") {
    throw new InvalidArgumentError(
      'A password in an address ends up in logs: use --header "Authorization: env:NAME".',
    );
  }
  return text;
}

/** A template's name as it is, or a disk on the host. */
export function templateOrPath(text: string, here: Here = thisPlace()): string {
  return /[\\/:]|\.vhdx$/i.test(text) ? hostPathValue(text, here) : text;
}

function thisPlace(): Here {
  return { platform: thisPlatform(), folder: Deno.cwd() };
}
