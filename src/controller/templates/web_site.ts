/** Requests to one web address, its files beside each other below it. What is secret in it is never told. */
import type { Ms } from "../../model/ids.ts";
import type { WebAnswer, WebPort, WebRequest } from "../../ports/web.ts";
import type { TemplateContext } from "./context.ts";
import { pause } from "./pause.ts";
import { givenUp, Refused } from "./refused.ts";

/** Before the second and the third try. */
const WAITS_MS: readonly Ms[] = [1_000, 5_000];
/** A server that sends nothing for so long is given up. */
const SILENT_MS: Ms = 60_000;
/** A part is sent within this time: how far it is cannot be seen. */
const SEND_MS: Ms = 1_800_000;

const OWN_HEADERS: ReadonlySet<string> = new Set(["range", "content-length", "host", "accept-encoding"]);

const REMEDIES: Readonly<Record<number, string>> = {
  401: "Give what it asks for as a header, or in the query of the address.",
  403: "Its rights do not suffice: give another header, or another query in the address.",
  404: "Correct the address.",
  405: "It takes no files at this address: use another one.",
  411: "It takes no files as hvpool sends them: use another server.",
  413: "It takes no files of this length: use another server, or a share.",
  416: "The file is shorter there than its manifest says: export the template again.",
  501: "It takes no files at this address: use another one.",
  507: "Free space there, and ask again: it goes on where it stopped.",
};

/** One request. */
export interface SiteRequest extends Pick<WebRequest, "method" | "body"> {
  readonly file: string;
  /** Beside those of the place. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** A web address with the headers for it. */
export class WebSite {
  /** For people: without its query. */
  readonly origin: string;
  readonly #clock: TemplateContext["clock"];
  readonly #web: WebPort;
  readonly #address: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws Refused `invalid` when no web address can be used, or a header makes none. */
  constructor(
    { web, clock }: Pick<TemplateContext, "web" | "clock">,
    address: URL,
    headers: Readonly<Record<string, string>>,
  ) {
    if (web === undefined) {
      throw new Refused("invalid", "This hvpool reaches no web servers: use a folder or a share.");
    }
    for (const [name, value] of Object.entries(headers)) checkHeader(name, value);
    this.#web = web;
    this.#clock = clock;
    this.#address = address;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.origin = `${address.origin}${address.pathname.replace(/\/+$/, "")}`;
  }

  /** What a file is called, for people. */
  nameOf(file: string): string {
    return `${this.origin}/${file}`;
  }

  /**
   * Asks once, and reads the answer.
   * @param use gets the answer, and a function to call whenever something of it came.
   * @throws Refused; `again` where another try may help.
   */
  async ask<T>(
    { method, file, headers = {}, body, signal }: SiteRequest,
    use: (answer: WebAnswer, alive: () => void) => Promise<T>,
  ): Promise<T> {
    const url = new URL(this.#address);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${file}`;
    const silence = new AbortController();
    const limitMs = method === "PUT" ? SEND_MS : SILENT_MS;
    let cancel = () => {};
    const alive = () => {
      cancel();
      cancel = this.#clock.at(this.#clock.now() + limitMs, () => silence.abort());
    };
    try {
      alive();
      const answer = await this.#web.request({
        method,
        url: url.href,
        headers: { "accept-encoding": "identity", ...headers, ...this.#headers },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]),
      });
      return await use(answer, alive);
    } catch (error) {
      if (signal?.aborted === true) throw givenUp();
      if (error instanceof Refused) throw error;
      const why = silence.signal.aborted ? `it said nothing for ${limitMs / 1_000} s` : this.#redacted(error);
      const remedy =
        "See to the network and the server, then ask for the same again: it goes on where it stopped.";
      const message = `${method} ${this.nameOf(file)} did not succeed: ${why.replace(/\.$/, "")}. ${remedy}`;
      throw new Refused("failed", message, { again: true });
    } finally {
      cancel();
    }
  }

  /** Up to three tries, with waits between them. */
  async persist<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    for (let tried = 0;; tried++) {
      try {
        return await attempt();
      } catch (error) {
        const waitMs = WAITS_MS[tried];
        if (!(error instanceof Refused) || !error.again || waitMs === undefined) throw error;
        await pause(this.#clock, waitMs, signal);
      }
    }
  }

  /** Why an answer is none that was hoped for. */
  refusal(method: string, file: string, status: number): Refused {
    const again = status === 408 || status === 429 || (status >= 500 && REMEDIES[status] === undefined);
    const remedy = REMEDIES[status] ??
      (again ? "See to the server, and ask again: it goes on where it stopped." : "");
    const message = `${method} ${this.nameOf(file)}: the server answered ${status}. ${remedy}`.trimEnd();
    return new Refused("failed", message, { again });
  }

  /** The message of an error of whoever made the request: it may name the address. */
  #redacted(error: unknown): string {
    let message = error instanceof Error ? error.message : String(error);
    const secrets = [
      this.#address.search,
      ...this.#address.searchParams.values(),
      ...Object.values(this.#headers),
    ];
    for (const secret of secrets.sort((a, b) => b.length - a.length)) {
      for (const form of [secret, encodeURIComponent(secret)]) {
        if (form.length > 1) message = message.replaceAll(form, "…");
      }
    }
    return message.replaceAll(/\?[^\s'")]+/g, "?…");
  }
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
// deno-lint-ignore no-control-regex -- what no header may hold
const HEADER_VALUE = /^[^\u0000-\u001f\u007f\u0100-\uffff]{0,8192}$/;

/** The value is secret: it is not told. */
function checkHeader(name: string, value: string): void {
  if (OWN_HEADERS.has(name.toLowerCase())) {
    throw new Refused("invalid", `hvpool sets the header ${name.toLowerCase()} by itself: leave it out.`);
  }
  if (HEADER_NAME.test(name) && HEADER_VALUE.test(value)) return;
  throw new Refused("invalid", "A header of the web place has a name or a value that cannot be sent.");
}
