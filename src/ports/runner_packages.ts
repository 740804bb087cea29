/** GitHub's runner program as a package, kept on the controller's machine once it was fetched. */

/** A package as the forge offers it, or as a folder has it. */
export interface RunnerRelease {
  /** Three numbers with dots. */
  readonly version: string;
  /** `actions-runner-win-x64-<version>.zip` */
  readonly file: string;
  /** Where it can be fetched; absent: it lies in the folder already. */
  readonly url?: string;
  /** 64 hexadecimal digits; without it a package is not used. */
  readonly sha256?: string;
}

/** A package whose checksum was right. */
export interface RunnerPackage {
  /** Three numbers with dots. */
  readonly version: string;
  /** Its name. */
  readonly file: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the file. */
  readonly size: number;
  /** A piece of it. */
  read(offset: number, maxBytes: number): Promise<Uint8Array>;
}

/** What came of looking for a package. */
export type PackageResult<V> =
  | { readonly outcome: "ok"; readonly value: V }
  /** `message`: what was tried, why it failed, what to do. */
  | {
    readonly outcome: "failed";
    readonly code: "not_found" | "unavailable" | "invalid";
    readonly message: string;
  };

/** Packages of the runner. No method rejects. */
export interface RunnerPackages {
  /** Newest first: those of the folder for hosts without internet, or what `offered` names; after these, what was kept. */
  known(offered: readonly RunnerRelease[]): Promise<PackageResult<readonly RunnerRelease[]>>;
  /** Has it on this machine with a checksum that is right: fetched once, resumed where it was cut off. */
  fetch(release: RunnerRelease): Promise<PackageResult<RunnerPackage>>;
}
