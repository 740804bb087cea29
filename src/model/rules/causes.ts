/** Why machines are removed, where others have to know the cause. */

/** A drain. */
export const DRAINED = "the pool is drained";
/** It went off, and nobody saw a job on it. */
export const SHUT_DOWN = "it was shut down";
