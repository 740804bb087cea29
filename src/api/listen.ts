/** Where to listen, and what to say when that is not possible. */

/** A place to listen. Port 0 takes a free one. */
export interface ListenAddress {
  /** An address of this machine, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The address cannot be listened on. The message says which, why, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** `127.0.0.1:7420`, `[::1]:7420`. */
export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Turns what `Deno.serve` threw into an error for the person who must act. */
export function listenError(address: ListenAddress, cause: unknown): ListenError {
  const start = `Cannot listen on ${formatListen(address)}: `;
  if (cause instanceof Deno.errors.AddrInUse) {
    return new ListenError(
      `${start}the port is in use, perhaps by another hvpool. End that program, or set api.listen to another port (0 takes a free one).`,
      { cause },
    );
  }
  if (cause instanceof Deno.errors.AddrNotAvailable) {
    return new ListenError(`${start}this machine has no such address. Set api.listen to 127.0.0.1:7420.`, {
      cause,
    });
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return new ListenError(
      `${start}permission denied. Set api.listen to a port above 1023 that is not reserved.`,
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ListenError(`${start}${reason}. Set api.listen to an address of this machine.`, { cause });
}
