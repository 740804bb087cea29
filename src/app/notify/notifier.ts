/** Looks at the status every half minute and tells those of `notify:` what needs them, and when it is over. */
import type { Config } from "../../config/config.ts";
import type { NotifyType } from "../../config/notify_keys.ts";
import type { Secrets } from "../../config/secrets.ts";
import { Http, type HttpOptions } from "../../github/http.ts";
import type { Ms } from "../../model/ids.ts";
import type { Status } from "../../model/status.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { conditionsOf } from "./conditions.ts";
import { eventCreateProgram } from "./event_log.ts";
import type { Wishes } from "./judge.ts";
import { type Kept, memoryText, readMemory, targetId, writeMemory } from "./memory.ts";
import { Post } from "./post.ts";
import { send } from "./send.ts";

/** One of those who are told, with the address. */
export interface Receiver extends Wishes {
  readonly type: NotifyType;
  /** A secret. */
  readonly url: string | undefined;
}

/** What a notifier is made of. */
export interface NotifierOptions {
  readonly receivers: readonly Receiver[];
  readonly status: () => Status;
  readonly clock: Clock;
  readonly log: Log;
  /** Where is kept what was told. */
  readonly dataDir: string;
  /** Name of this machine, for those who are told. */
  readonly host: string;
  /** What requests go through, and whom they trust. */
  readonly http: HttpOptions;
  /** `eventcreate.exe`. @default that of Windows; elsewhere there is none */
  readonly eventCreate?: string;
}

/** A notifier that looks. */
export interface Notifier {
  /** Ends it, and what is being sent; that is sent again by the next run. */
  close(): Promise<void>;
}

const LOOK_MS: Ms = 30_000;

/** Those of `notify:` with their addresses. */
export function receiversOf({ notify }: Config, { notifyUrls = [] }: Secrets): Receiver[] {
  return notify.map(({ type, on, afterMs }, i) => ({ type, on, afterMs, url: notifyUrls[i] }));
}

/** Begins to look. Does nothing where nobody is told. */
export function openNotifier(options: NotifierOptions): Notifier {
  if (options.receivers.length === 0) return { close: () => Promise.resolve() };
  return new Watcher(options);
}

class Watcher implements Notifier {
  readonly #options: NotifierOptions;
  readonly #posts: readonly Post[];
  readonly #http: Http;
  readonly #abort = new AbortController();
  /** What the file holds. */
  #written: string;
  /** Whether the last try to write it failed. */
  #unwritten = false;
  #cancelLook: () => void = () => {};

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#http = new Http(options.http);
    const memory = this.#remembered();
    this.#written = memoryText(memory);
    const ids = options.receivers.map(({ type, url }) => targetId(type, url));
    this.#posts = options.receivers.map((receiver, i) => {
      // One address may stand there twice, for different things.
      const before = ids.slice(0, i).filter((id) => id === ids[i]).length;
      const id = before === 0 ? `${ids[i]}` : `${ids[i]}-${before + 1}`;
      return this.#open(receiver, `notify[${i}]`, id, memory.get(id));
    });
    for (const post of this.#posts) post.drain();
    this.#look();
  }

  async close(): Promise<void> {
    this.#cancelLook();
    this.#abort.abort();
    this.#http.close();
    await Promise.all(this.#posts.map((post) => post.close()));
  }

  #remembered(): Map<string, Kept> {
    const { dataDir, clock, log } = this.#options;
    try {
      return readMemory(dataDir, clock.now());
    } catch (error) {
      log.warn("What was told before the start cannot be read, so that some of it may be told again", {
        error,
      });
      return new Map();
    }
  }

  #open(receiver: Receiver, name: string, id: string, kept: Kept | undefined): Post {
    const { status, clock, log, host } = this.#options;
    const { type } = receiver;
    const windows = Deno.build.os === "windows"
      ? eventCreateProgram((name) => Deno.env.get(name))
      : undefined;
    const eventCreate = this.#options.eventCreate ?? windows;
    if (type === "eventlog" && eventCreate === undefined) {
      log.warn(`${name}: there is an event log on Windows only, so that nothing is told there`);
    }
    return new Post({
      id,
      wishes: receiver,
      kept,
      clock,
      sent: () => this.#keep(),
      failed: (why) => log.warn(`${name}: a notice to ${type} could not be sent, and is sent later`, { why }),
      mended: () => log.info(`${name}: notices to ${type} are sent again`),
      send: (notice) => {
        const { id: controller, version } = status().controller;
        const teller = { host, controller, version };
        return send(receiver, notice, { http: this.#http, teller, eventCreate, signal: this.#abort.signal });
      },
    });
  }

  #look(): void {
    const { status, clock, log } = this.#options;
    const now = clock.now();
    try {
      const seen = conditionsOf(status(), now);
      for (const post of this.#posts) post.judge(seen, now);
    } catch (error) {
      log.error("The status could not be looked at for those who are told", { error });
    }
    // Before it is sent: a crash must not tell it twice, and what is in the file is sent by the next run.
    this.#keep();
    for (const post of this.#posts) post.drain();
    this.#cancelLook = clock.at(now + LOOK_MS, () => this.#look());
  }

  #keep(): void {
    const text = memoryText(new Map(this.#posts.map((post) => [post.id, post.kept])));
    if (text === this.#written) return;
    try {
      writeMemory(this.#options.dataDir, text);
      this.#written = text;
      this.#unwritten = false;
    } catch (error) {
      if (!this.#unwritten) {
        this.#options.log.warn("What was told cannot be written down: a restart may tell it again", {
          error,
        });
      }
      this.#unwritten = true;
    }
  }
}
