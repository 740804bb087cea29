/** What the template store is at: nothing is copied twice at once, and nothing that is copied is swept. */
import { Refused } from "./refused.ts";

/** A request that takes long. */
export interface Work {
  readonly what: "register" | "import" | "export" | "prepare" | "delete";
  /** Name of the template. */
  readonly name: string;
  /** Of an export: where to; without what is secret. */
  readonly place?: string;
}

const DOING: Readonly<Record<Work["what"], string>> = {
  register: "is being registered",
  import: "is being imported",
  export: "is being exported",
  prepare: "is about to be prepared",
  delete: "is being deleted",
};

/** Requests under way. */
export class InWork {
  readonly #open = new Set<{ readonly work: Work; readonly disks: Set<string> }>();

  /**
   * Begins a request.
   * @returns `hold` keeps a disk's folder in the store from being swept; `end` lets everything go.
   * @throws Refused `conflict` when another request is at the same template, or exports to the same place.
   */
  begin(work: Work): { hold: (disk: string) => void; end: () => void } {
    for (const { work: other } of this.#open) {
      const sameName = other.name.toLowerCase() === work.name.toLowerCase();
      // Many may read one template; everything else is alone.
      const bothRead = work.what === "export" && other.what === "export";
      if (sameName && !bothRead) {
        throw new Refused(
          "conflict",
          `The template ${JSON.stringify(other.name)} ${
            DOING[other.what]
          } at this moment. Wait until that has ended.`,
        );
      }
      if (work.place !== undefined && other.place?.toLowerCase() === work.place.toLowerCase()) {
        throw new Refused(
          "conflict",
          `The template ${JSON.stringify(other.name)} ${DOING[other.what]} to ${other.place} at this moment.`,
        );
      }
    }
    const entry = { work, disks: new Set<string>() };
    this.#open.add(entry);
    return { hold: (disk) => entry.disks.add(disk), end: () => this.#open.delete(entry) };
  }

  /** Paths of disks in the store that are being copied, or copied from. */
  disks(): Set<string> {
    return new Set([...this.#open].flatMap(({ disks }) => [...disks]));
  }
}
