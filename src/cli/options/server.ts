/** `--server`: a hvpool that no data directory of this machine knows. */
import { readFile } from "node:fs/promises";
import type { ApiAddress } from "../../client/mod.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";

/** Names the hvpool where no option does. */
const SERVER_VARIABLE = "HVPOOL_SERVER";
/** Has its token where no option does. */
const TOKEN_VARIABLE = "HVPOOL_TOKEN";

/**
 * The hvpool that `--server` or HVPOOL_SERVER names, with the token of `--server-token` or HVPOOL_TOKEN. `undefined`
 * when none is named, or an option names a data directory of this machine: options stand above variables.
 *
 * @param otherToken is sent instead, as that of a lease
 * @throws CliError for an address or a token that cannot be used; no message has anything of the token
 */
export async function namedServer(
  invocation: Pick<Invocation, "env" | "shared">,
  otherToken?: string,
): Promise<ApiAddress | undefined> {
  const { server, serverToken, insecureHttp = false, config, dataDir } = invocation.shared();
  const isLocal = config !== undefined || dataDir !== undefined;
  if (server !== undefined && isLocal) {
    throw new CliError(
      "--server names a hvpool elsewhere, --config and --data-dir one of this machine. Leave one of them out.",
      EXIT.usage,
    );
  }
  const variable = isLocal ? undefined : invocation.env(SERVER_VARIABLE)?.trim();
  const given = server ?? (variable === "" ? undefined : variable);
  if (given === undefined) {
    if (serverToken === undefined) return undefined;
    throw new CliError(
      `--server-token is for a hvpool elsewhere. Name that with --server or ${SERVER_VARIABLE}.`,
      EXIT.usage,
    );
  }
  const address = addressOf(given, server === undefined ? SERVER_VARIABLE : "--server", insecureHttp);
  return { address, token: otherToken ?? await tokenOf(serverToken, invocation.env), named: true };
}

/** Without the slash at its end. The text itself is in no message: it may have a password in it. */
function addressOf(text: string, from: string, insecureHttp: boolean): string {
  const refused = (why: string) => new CliError(`Cannot use ${from}: ${why}`, EXIT.usage);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw refused("it is not an address such as https://hvpool.example or http://127.0.0.1:7420.");
  }
  const url = new URL(text);
  if (url.username + url.password !== "") {
    throw refused("it has a user or a password in it. Give the token with --server-token.");
  }
  if (url.search + url.hash !== "") throw refused("it has a `?` or a `#` in it. Leave that out.");
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !insecureHttp) {
    throw refused(
      `over http everybody on the way to ${url.host} could read the token. Use https, or a tunnel to ` +
        "http://127.0.0.1:<port>; --insecure-http sends it all the same.",
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Names and addresses that never leave this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function tokenOf(
  given: string | undefined,
  env: (name: string) => string | undefined,
): Promise<string> {
  const [, kind, name = ""] = /^(env|file):(.+)$/s.exec(given ?? `env:${TOKEN_VARIABLE}`) ?? [];
  if (kind === undefined) {
    // The value is not repeated: it may be the token itself.
    throw new CliError(
      "--server-token is env:NAME or file:PATH, so that the token stands on no command line, which every program of " +
        "the machine can read.",
      EXIT.usage,
    );
  }
  const from = kind === "env" ? `the environment variable ${name}` : `the file ${name}`;
  const text = (kind === "env" ? env(name) : await readToken(name))?.trim();
  if (text !== undefined && /^[\x21-\x7e]+$/.test(text)) return text;
  const is = text === undefined ? "is not set" : text === "" ? "is empty" : "has no token in it";
  const help = given === undefined
    ? ` Set it, or name another place with --server-token env:NAME or file:PATH.`
    : "";
  throw new CliError(
    `There is no token for the hvpool that is to be asked: ${from} ${is}.${help}`,
    EXIT.usage,
  );
}

async function readToken(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const why = code === "ENOENT"
      ? "there is no such file"
      : code === "EACCES" || code === "EPERM"
      ? "access is denied"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new CliError(`Cannot read the token from the file ${path}: ${why}.`, EXIT.usage);
  }
}
