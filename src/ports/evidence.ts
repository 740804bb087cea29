/** What is kept of a machine that failed, for whoever looks at it later. */

/** One item. */
export interface EvidenceRequest {
  /** `<pool>/<slot>.<n>` */
  readonly cycle: string;
  /** Display name of its machine. */
  readonly vm: string;
  /** Short cause, such as `boot-timeout`. */
  readonly cause: string;
  /** The error's text. */
  readonly message: string;
  /** PNG of its last screen, where it ran. */
  readonly screen?: Uint8Array;
  /** What its guest handed over (zip), where it did. */
  readonly diagnostics?: Uint8Array;
}

/** Where it is kept. */
export interface EvidencePort {
  /** Keeps it with the journal's slice of the cycle. Rejects when it cannot be written. */
  keep(request: EvidenceRequest): Promise<void>;
}
