/** What every part of building a configuration is given. */
import type { Platform } from "../defaults.ts";
import type { ConfigDocument } from "../file/document.ts";
import type { FileValues } from "../schema.ts";
import type { Recorder } from "./recorder.ts";

/** The file, what is known of it, and where results are noted. */
export interface BuildContext {
  readonly document: ConfigDocument;
  readonly values: FileValues;
  readonly recorder: Recorder;
  readonly folder: string;
  readonly platform: Platform;
}
