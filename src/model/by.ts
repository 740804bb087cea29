/** Who asked for something: one value from the API down to the event, so that none of its parts is lost on the way. */

/** Who asks, through what, and why. Journals of earlier versions have no actor. */
export type By = {
  /** Through what it was asked: the API and the name of its client, or what of hvpool acts by itself. */
  readonly source: string;
  /** Who asks: a claim of the client's for an administrator, else the holder of the lease. */
  readonly actor?: string;
  /** Why, for whoever reads it later. */
  readonly reason?: string;
};

/** These parts of something alone. */
export function by({ source, actor, reason }: By): By {
  return {
    source,
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Who it was, and through what: `CORP\\alice, through api (hvpool drain)`. */
export function whoOf({ source, actor }: Pick<By, "source" | "actor">): string {
  return actor === undefined ? source : `${actor}, through ${source}`;
}

/** {@linkcode whoOf} with the reason, where there is one. */
export function whoAndWhy({ reason, ...who }: By): string {
  return `${whoOf(who)}${reason === undefined ? "" : `: ${reason}`}`;
}
