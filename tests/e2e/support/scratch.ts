/** Folders that are gone after the test. */
import { join } from "node:path";

/** A new folder. */
export class Scratch implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Scratch> {
    return new Scratch(await Deno.makeTempDir({ prefix: "hvpool-e2e-" }));
  }

  /** A path in it. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file; answers its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.at(name);
    await (typeof content === "string" ? Deno.writeTextFile(path, content) : Deno.writeFile(path, content));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
