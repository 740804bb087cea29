/** Writes down outside of the journal how far it has got, so that an older copy of it is recognised. */
import type { Ms } from "../model/ids.ts";
import type { Log } from "../ports/log.ts";

/** A position of the journal. */
export interface Position {
  /** Counts the starts of the program, over all its journals. */
  readonly run: number;
  readonly seq: number;
}

/** Writes a mark durably; throws when it cannot. */
export type WriteMark = (mark: Position & { readonly ended: boolean }) => void;

const MARK_EVERY_MS: Ms = 60_000;

/** The marks of one run. */
export class JournalMarker {
  readonly #write: WriteMark;
  readonly #log: Log;
  #position: Position | undefined;
  #markedAt: Ms = 0;

  constructor(write: WriteMark, log: Log) {
    this.#write = write;
    this.#log = log;
  }

  /**
   * The journal has got so far, durably.
   * @throws what writing throws, for the first one of a run: nothing may be done in a run that has no mark
   */
  committed(position: Position, at: Ms): void {
    const first = this.#position === undefined;
    // A clock that was set back must not keep it from being written.
    const due = first || Math.abs(at - this.#markedAt) >= MARK_EVERY_MS;
    this.#position = position;
    if (!due) return;
    this.#markedAt = at;
    if (first) this.#write({ ...position, ended: false });
    else this.#tryToWrite({ ...position, ended: false });
  }

  /** The run is over, and the journal gets no further. */
  ended(): void {
    // Without a commit there is nothing to say: the mark of the run before stands.
    if (this.#position !== undefined) this.#tryToWrite({ ...this.#position, ended: true });
  }

  #tryToWrite(mark: Parameters<WriteMark>[0]): void {
    try {
      this.#write(mark);
    } catch (error) {
      this.#log.warn("How far the journal has got could not be written down; it is tried again", { error });
    }
  }
}
