/** Placeholder until the scripts are here: to be overwritten by them. */
export const BOOTSTRAP = "exit 3";
/** Answers calls. */
export const CALL_WORKER = "exit 3";
/** Tells what happens. */
export const WATCH_WORKER = "exit 3";
