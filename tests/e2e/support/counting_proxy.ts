/** A reverse proxy before GitHub that counts what passes. */

/** Counts requests by method and path, without its query. */
export class CountingProxy implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** `POST /orgs/simulated/actions/runners/generate-jitconfig` → times */
  readonly counts = new Map<string, number>();

  /** @param target Address that requests are passed on to, without a slash at the end. */
  constructor(target: string) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const route = `${request.method} ${pathname}`;
      this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
      const body = request.body === null ? null : await request.arrayBuffer();
      const answer = await fetch(`${target}${pathname}${search}`, {
        method: request.method,
        headers: withoutHost(request.headers),
        body,
        redirect: "manual",
      });
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    });
  }

  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** How many requests went to routes that end so. */
  count(method: string, end: string): number {
    let sum = 0;
    for (const [route, times] of this.counts) {
      if (route.startsWith(`${method} `) && route.endsWith(end)) sum += times;
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function withoutHost(headers: Headers): Headers {
  const copy = new Headers(headers);
  copy.delete("host");
  return copy;
}
