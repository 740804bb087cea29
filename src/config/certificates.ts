/** Reads the files of `ca_certificates`: at the start of a run, never while validating. Guests and hvpool trust them. */
import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import type { Config } from "./config.ts";
import { type Problem, problemAt } from "./file/problem.ts";
import { readBounded, type ReadOutcome } from "./file/read.ts";

/** Larger than any bundle of authorities that a guest needs. */
const MAX_FILE_BYTES = 1_000_000;
/** All of them go onto a small CD image. */
const MAX_CERTIFICATES = 100;

const PEM = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/** Certificates that are to be trusted, DER as base64, each once; or everything that is wrong with the files. */
export async function readCertificates(
  config: Config,
  read: (path: string, maxBytes: number) => Promise<ReadOutcome> = readBounded,
): Promise<{ certificates: string[]; problems: Problem[] }> {
  const certificates = new Set<string>();
  const problems: Problem[] = [];
  for (const { file, key } of config.runner.caCertificates) {
    const outcome = await read(file, MAX_FILE_BYTES);
    const found = outcome.ok ? certificatesIn(outcome.bytes) : whyNot(outcome);
    if (typeof found === "string") {
      const at = config.at(key);
      problems.push(problemAt(at, key, `cannot use the certificates of ${file}: ${found}`, {
        remedy: "Name a file with certificates between BEGIN CERTIFICATE and END CERTIFICATE (PEM)",
      }));
    } else for (const one of found) certificates.add(one);
  }
  if (certificates.size > MAX_CERTIFICATES) {
    const key = "ca_certificates";
    const message =
      `the files hold ${certificates.size} certificates; at most ${MAX_CERTIFICATES} can be handed to a guest`;
    problems.push(problemAt(config.at(key), key, message));
  }
  return { certificates: [...certificates], problems };
}

/** The certificates of {@linkcode readCertificates} in PEM, for hvpool's own requests. */
export function certificatesInPem(certificates: readonly string[]): string[] {
  return certificates.map((one) => {
    const lines = one.match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  });
}

function certificatesIn(bytes: Uint8Array): string[] | string {
  const blocks = [...new TextDecoder().decode(bytes).matchAll(PEM)];
  if (blocks.length === 0) return "it holds none";
  const found: string[] = [];
  for (const [i, [pem]] of blocks.entries()) {
    try {
      found.push(Buffer.from(new X509Certificate(pem).raw).toString("base64"));
    } catch {
      return `number ${i + 1} in it cannot be read`;
    }
  }
  return found;
}

function whyNot(outcome: Exclude<ReadOutcome, { ok: true }>): string {
  switch (outcome.why) {
    case "missing":
      return "there is no such file";
    case "directory":
      return "it is a directory";
    case "too large":
      return `the file is too large (${outcome.detail})`;
    case "unreadable":
      return outcome.detail;
  }
}
