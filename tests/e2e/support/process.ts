/** hvpool as its users start it: a process of its own, with the permissions of the task `hvpool`. */
import { fileURLToPath } from "node:url";
import project from "../../../deno.json" with { type: "json" };
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ENDS_WITHIN_S = 60;

/** `run`, the permissions and `main.ts`, from a task of `deno.json`; the task `dev` has the command, too. */
function taskArguments(task: "hvpool" | "dev"): string[] {
  const [deno, ...args] = project.tasks[task].command.split(" ");
  if (deno !== "deno") throw new Error(`The task ${task} does not begin with deno`);
  return args;
}

/** What a process that has ended left behind. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a process is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whose permissions it gets. @default "hvpool" */
  readonly task?: "hvpool" | "dev";
}

/** One process. Dispose of it in every case: it is killed if it still runs. */
export class HvpoolProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  readonly #status: Promise<Deno.CommandStatus>;
  #out = "";
  #err = "";
  #ended = false;

  constructor(args: readonly string[], { env = {}, task = "hvpool" }: StartOptions = {}) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...taskArguments(task), ...(task === "dev" ? args.slice(1) : args)],
      cwd: ROOT,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#read = Promise.all([
      collect(this.#child.stdout, (text) => this.#out += text),
      collect(this.#child.stderr, (text) => this.#err += text),
    ]);
    this.#status = this.#child.status.then((status) => {
      this.#ended = true;
      return status;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Everything on stdout up to now. */
  get out(): string {
    return this.#out;
  }

  /** Everything on stderr up to now. */
  get err(): string {
    return this.#err;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a signal, unless it has ended. */
  signal(name: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(name);
  }

  /** Waits for its end. */
  async end({ withinS = ENDS_WITHIN_S }: { withinS?: number } = {}): Promise<Ended> {
    await until("the process ends", () => this.#ended ? true : undefined, {
      withinS,
      detail: () => this.#err,
    });
    const { code } = await this.#status;
    await this.#read;
    return { code, out: this.#out, err: this.#err };
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#status;
    await this.#read;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Runs a command to its end. */
export async function hvpool(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  await using process = new HvpoolProcess(args, options);
  return await process.end();
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
