/** Words of leases that the API has as well. */
/** What becomes of a machine after its lease. */
export type Release =
  /** Back to its clean checkpoint. */
  | "reset"
  /** Made anew. */
  | "destroy"
  /** Saved as it is, for its holder's next lease of the pool for some time; then `reset`. */
  | "save"
  /** As `save`, but it runs on. */
  | "keep";

/** What is done with a leased machine, at its holder's wish or because it is silent. Until it is over nobody uses it. */
export type LeaseChange =
  /** Saved with its memory. */
  | { readonly kind: "pause" }
  /** Resumed, and ready again. */
  | { readonly kind: "resume" }
  /** Back to its clean checkpoint, and ready again. */
  | { readonly kind: "reset" }
  /** A checkpoint under a name; the machine goes on. */
  | { readonly kind: "checkpoint"; readonly name: string }
  /** Back to a checkpoint of this lease, and ready again. */
  | { readonly kind: "restore"; readonly name: string };
