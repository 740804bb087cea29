/** Templates that were registered while hvpool ran, and what images say of themselves. */
import type { By } from "./by.ts";
import type { CycleId, Ms } from "./ids.ts";
import type { TemplateDisk } from "./rollout.ts";
import type { TemplateSettings } from "./settings.ts";

/** What an image says of itself: a hint from whoever made it. */
export interface ImageManifest {
  /** When it was made: ISO 8601 in UTC. */
  readonly builtAt?: string;
  /** Version of the runner program in it: three numbers with dots. */
  readonly runner?: string;
  /** Protocol that its loader speaks. */
  readonly loader?: number;
  /** What is installed: names to versions. */
  readonly software?: Readonly<Record<string, string>>;
  /** When its Windows licence or evaluation ends: ISO 8601 in UTC. */
  readonly expiresAt?: string;
}

/** A template in the journal. */
export interface RegisteredTemplate {
  /** `path` is its disk in the store. */
  readonly settings: TemplateSettings;
  readonly disk: TemplateDisk;
  /** Counts how often a disk was registered under this name. */
  readonly version: number;
  readonly registeredAt: Ms;
  /** Where its disk came from: a path, or an address without its query. */
  readonly origin: string;
  readonly image?: ImageManifest;
}

/** A pool's template as long as all that is known of it is the name that it is registered under. */
export function registeredTemplate(name: string): TemplateSettings {
  return {
    name,
    path: "",
    memoryMb: 4096,
    processors: 2,
    secureBoot: "MicrosoftWindows",
    tpm: false,
    nested: false,
  };
}

/** The template of this name; case does not count. */
export function templateNamed(
  templates: ReadonlyMap<string, RegisteredTemplate>,
  name: string,
): RegisteredTemplate | undefined {
  const exact = templates.get(name);
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  for (const [known, template] of templates) if (known.toLowerCase() === wanted) return template;
  return undefined;
}

/** An image that is being prepared: a copy of a disk is started once, given the loader and a runner, and kept. */
export interface Preparation extends By {
  readonly cycle: CycleId;
  /** What comes of it; `path` is the disk that is copied. */
  readonly template: TemplateSettings;
  /** See {@linkcode PreparationWanted}. */
  readonly from: string;
  /** See {@linkcode PreparationWanted}. */
  readonly identity: string;
  /** Version of the runner to install; absent: the image keeps what it has. */
  readonly runner?: string;
  /** `refresh`: for the pools of the template; `register`: it becomes a registered template. */
  readonly purpose: "register" | "refresh";
  /** Empty: the host's Default Switch. */
  readonly switchName: string;
  readonly startedAt: Ms;
  /** Path of the disk that is copied: where what comes of it came from. */
  readonly origin: string;
  /** How often it was interrupted and begun again. */
  readonly again: number;
  /** The runner's package is on the controller's machine. */
  fetched: boolean;
  /** When its machine was started first. */
  bootedAt?: Ms;
  /** Bytes of the disk that are copied, and of the whole. */
  copied: number;
  size?: number;
  /** Its guest has everything and was told to shut down. */
  installed: boolean;
}

/** A newer runner program was offered. */
export interface SeenRelease {
  /** Three numbers with dots. */
  readonly version: string;
  /** When it was seen first. */
  readonly at: Ms;
}

/** What to prepare. */
export interface PreparationWanted extends By {
  /** What comes of it; `path` is the disk that is copied. */
  readonly settings: TemplateSettings;
  /** Identity of the disk that what comes of it is for: the one at the template's path. */
  readonly from: string;
  /** Identity of the disk that is copied; another one there ends the preparation. @default `from` */
  readonly identity?: string;
  readonly purpose: "register" | "refresh";
  readonly switchName: string;
  /** Version of the runner to install; absent: the image keeps what it has. */
  readonly runner?: string;
  /** How often it was interrupted and begun again. @default 0 */
  readonly again?: number;
}

/** A preparation that came to nothing. */
export interface FailedPreparation {
  readonly at: Ms;
  /** For people: the host's own words, in its language. */
  readonly cause: string;
  /** For programs: the call that was refused with the class of its error, `file.copy-no_space`, or what else ended it. */
  readonly code?: string;
  readonly wanted: PreparationWanted;
  /** By the end of the program: it is begun again by itself. */
  readonly interrupted: boolean;
}

/** Pool name of the cycles in which images are prepared: no pool may be called so. */
export const PREPARE_POOL = "prepare";

/** Compares versions of the runner, three numbers with dots: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
