/** Evidence in memory, for tests of the API and its clients. */
import type { EvidenceItem, EvidenceOperations } from "../../ports/operations.ts";

/** A machine that never came up, of a cycle that has ended. */
export const SAMPLE_EVIDENCE: EvidenceItem = {
  cycle: "linux/1.5",
  vm: "linux-1",
  cause: "boot-timeout",
  message: "linux-1 did not come up within 5 minutes.",
  at: "2026-03-01T09:00:00.000Z",
  files: [{ name: "events.jsonl", bytes: 8 }, { name: "screen.png", bytes: 4 }],
  omitted: ["diag.zip: 99999999 bytes"],
};

/** {@linkcode EvidenceOperations} over memory. */
export class FakeEvidence implements EvidenceOperations {
  /** Newest first. */
  items: EvidenceItem[] = [];
  /** By `<cycle> <file>`. */
  readonly files: Map<string, Uint8Array> = new Map();

  /** Keeps the sample and its files. */
  keepSample(): void {
    this.items = [SAMPLE_EVIDENCE];
    this.files.set("linux/1.5 events.jsonl", new TextEncoder().encode('{"a":1}\n'));
    this.files.set("linux/1.5 screen.png", new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
    // Kept, but in no list: nobody may have it.
    this.files.set("linux/1.5 evidence.json", new TextEncoder().encode("{}"));
  }

  list(vm: string): Promise<readonly EvidenceItem[]> {
    return Promise.resolve(this.items.filter((one) => one.vm === vm || one.cycle === vm));
  }

  read(cycle: string, file: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(`${cycle} ${file}`));
  }
}
