/** A web server with files in memory, on this machine, that can be asked to misbehave. */

/** What it does with a request before the file; `undefined`: nothing. */
export type Misbehave = (request: Request, file: string) => Response | number | undefined;

/** A running server. Ends when it is disposed of. */
export interface FileServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  /** By their names below `/folder/`. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  /** Method, file, and the range that was asked for. */
  readonly requests: string[];
  /** Headers and queries that came. */
  readonly seen: string[];
  /** A number: the connection is cut after so many bytes of the body. */
  misbehave: Misbehave;
}

/** Starts one. */
export function serveFiles({ ranges = true } = {}): FileServer {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const requests: string[] = [];
  const seen: string[] = [];
  const http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const file = decodeURIComponent(url.pathname.replace(/^\/folder\//, ""));
    const range = ranges ? request.headers.get("range") : null;
    requests.push([request.method, file, ...(range === null ? [] : [range])].join(" "));
    seen.push(`${url.search} ${request.headers.get("authorization") ?? ""}`);
    const body = request.method === "PUT" ? new Uint8Array(await request.arrayBuffer()) : undefined;
    const misbehaved = server.misbehave(request, file);
    if (misbehaved instanceof Response) return misbehaved;
    if (body !== undefined) {
      files.set(file, body);
      return new Response(null, { status: 201 });
    }
    const bytes = files.get(file);
    if (bytes === undefined) return new Response("no such file", { status: 404 });
    const from = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= bytes.length) return new Response("beyond its end", { status: 416 });
    const piece = bytes.slice(from);
    const headers = new Headers({ "content-length": String(piece.length) });
    if (range !== null) headers.set("content-range", `bytes ${from}-${bytes.length - 1}/${bytes.length}`);
    const status = range === null ? 200 : 206;
    if (request.method === "HEAD") return new Response(null, { status, headers });
    return new Response(misbehaved === undefined ? piece : cut(piece.slice(0, misbehaved)), {
      status,
      headers,
    });
  });
  const server: FileServer = {
    address: `http://127.0.0.1:${http.addr.port}`,
    files,
    requests,
    seen,
    misbehave: () => undefined,
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
  return server;
}

/** A body that ends before its announced length: the connection breaks. */
function cut(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
