/** Files on web servers: where runners and exported templates come from, and go to. */

/** What is asked of a web server. */
export interface WebRequest {
  readonly method: "GET" | "HEAD" | "PUT";
  /** `https://…`, or `http://` on this machine. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a PUT. */
  readonly body?: Uint8Array;
  /** Ends the request and the reading of its answer. */
  readonly signal?: AbortSignal;
}

/** What a web server answered. */
export interface WebAnswer {
  /** HTTP status. Redirects were followed. */
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parts of the body. Leaving the loop closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reaches web servers. */
export interface WebPort {
  /** Rejects when nobody answers; the error's message says why. A status that is no success is an answer. */
  request(request: WebRequest): Promise<WebAnswer>;
}
