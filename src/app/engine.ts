/** Opens what reaches Hyper-V: PowerShell workers with the scripts of this version. */
import { join } from "node:path";
import { HyperVEngine } from "../hyperv/engine.ts";
import { BOOTSTRAP, CALL_WORKER, WATCH_WORKER } from "../hyperv/scripts.ts";
import type { Settings } from "../model/settings.ts";
import type { Log } from "../ports/log.ts";

/** What an engine is opened with. */
export interface EngineOptions {
  /** A path, or a name in PATH; absent: Windows PowerShell. */
  readonly powershell?: string | undefined;
  /** Below this folder the scripts lie as files; absent: they go in over stdin. */
  readonly filesBelow?: string | undefined;
  readonly lanes?: Settings["lanes"];
  readonly log?: Log;
}

/** Opens it. No process is started before the first call. */
export function openEngine({ powershell, filesBelow, lanes, log }: EngineOptions): HyperVEngine {
  return new HyperVEngine({
    scripts: { bootstrap: BOOTSTRAP, callWorker: CALL_WORKER, watchWorker: WATCH_WORKER },
    ...(powershell === undefined ? {} : { powershell }),
    ...(filesBelow === undefined ? {} : { scriptFolder: join(filesBelow, "scripts") }),
    ...(lanes === undefined ? {} : { lanes }),
    ...(log === undefined ? {} : { log }),
  });
}
