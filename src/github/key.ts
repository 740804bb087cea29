/** Reads the app's private key, and says what is wrong with a file that holds something else. */
import { createPrivateKey, type KeyObject } from "node:crypto";

/** What is wrong, and what to do about it. Never holds any part of the key. */
export interface KeyProblem {
  readonly message: string;
  readonly remedy: string;
}

const DOWNLOAD =
  'Generate a private key in the app\'s settings at GitHub ("Private keys") and use the downloaded .pem file.';
const MIN_BITS = 2048;
const NOT_RSA = new Set(["EC PRIVATE KEY", "EC PARAMETERS", "DSA PRIVATE KEY", "DSA PARAMETERS"]);
const CERTIFICATES = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);

/** Says why a text is no private key of a GitHub App; `undefined` when it is one. */
export function checkPrivateKey(pem: string): KeyProblem | undefined {
  const read = readPrivateKey(pem);
  return "problem" in read ? read.problem : undefined;
}

/**
 * Reads a private key as PKCS#8 in PEM. PKCS#1 and PKCS#8 are accepted, with any line ends, `\n` written as two
 * characters, or on one line with spaces (what YAML makes of a folded block).
 */
export function readPrivateKey(pem: string): { readonly pkcs8: string } | { readonly problem: KeyProblem } {
  if (pem.includes("\0") || pem.includes("\uFFFD")) {
    return problem(
      "the private key is not plain text (a binary key, or a file in UTF-16)",
      `Save it as ASCII or UTF-8, or use the file as downloaded. ${DOWNLOAD}`,
    );
  }
  const text = pem.replace(/^\uFEFF/, "").replace(/\\r/g, "").replace(/\\n/g, "\n").replace(/\r\n?/g, "\n")
    .trim();
  if (text === "") return problem("the private key is empty", DOWNLOAD);
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1] ?? "");
  return notAKey(text, labels) ?? parse(text, labels[0] ?? "");
}

/** What can be told from the text alone. */
function notAKey(text: string, labels: readonly string[]): { problem: KeyProblem } | undefined {
  const label = labels[0];
  if (label === undefined) return withoutHeader(text);
  if (label === "ENCRYPTED PRIVATE KEY" || /Proc-Type:\s*4,\s*ENCRYPTED/.test(text)) {
    return problem(
      "the private key is encrypted with a passphrase",
      "Use the file as downloaded from GitHub, or take the passphrase off: openssl rsa -in KEY.pem -out PLAIN.pem",
    );
  }
  if (label === "OPENSSH PRIVATE KEY") {
    return problem(
      "the private key is in OpenSSH's own format, which GitHub Apps do not use",
      `${DOWNLOAD} An RSA key can be converted: ssh-keygen -p -m PEM -f KEY`,
    );
  }
  if (label.endsWith("PUBLIC KEY")) {
    return problem("this is a public key, and signing needs the private one", DOWNLOAD);
  }
  if (CERTIFICATES.has(label)) return problem("this is a certificate, not a private key", DOWNLOAD);
  if (labels.some((each) => NOT_RSA.has(each))) return notRsa(label.split(" ")[0] ?? label);
  if (label !== "RSA PRIVATE KEY" && label !== "PRIVATE KEY") {
    return problem(`this is no private key but "${label}"`, DOWNLOAD);
  }
  if (labels.length > 1) {
    return problem(
      `the file holds ${labels.length} keys or certificates`,
      "Leave only the app's private key in it.",
    );
  }
  return undefined;
}

function withoutHeader(text: string): { problem: KeyProblem } {
  if (/^(ssh-|ecdsa-)/.test(text)) {
    return problem("this is a public key, and signing needs the private one", DOWNLOAD);
  }
  if (text.startsWith("PuTTY-User-Key-File")) {
    return problem("the private key is in PuTTY's format, which GitHub Apps do not use", DOWNLOAD);
  }
  return problem('this is no private key: no line says "-----BEGIN RSA PRIVATE KEY-----"', DOWNLOAD);
}

function parse(text: string, label: string): { pkcs8: string } | { problem: KeyProblem } {
  const end = `-----END ${label}-----`;
  const begin = `-----BEGIN ${label}-----`;
  const body = text.slice(text.indexOf(begin) + begin.length);
  if (!body.includes(end)) {
    return problem(
      `the private key is cut off: the line "${end}" is missing`,
      "Give the whole file. In an environment variable, write line ends as \\n; in YAML, use a block (|) or file:.",
    );
  }
  const base64 = body.slice(0, body.indexOf(end)).replace(/\s+/g, "");
  let key: KeyObject;
  try {
    key = createPrivateKey(`${begin}\n${base64.match(/.{1,64}/g)?.join("\n") ?? ""}\n${end}\n`);
  } catch {
    // What OpenSSL or its replacement says here ("asn1 error") helps nobody, so the remedy takes its place.
    return problem("the private key is damaged: what is between its first and last line is no key", DOWNLOAD);
  }
  if (key.asymmetricKeyType !== "rsa") return notRsa(key.asymmetricKeyType ?? "unknown");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_BITS) {
    return problem(`the private key has ${bits} bits, and GitHub's have ${MIN_BITS} or more`, DOWNLOAD);
  }
  return { pkcs8: String(key.export({ type: "pkcs8", format: "pem" })) };
}

function notRsa(type: string): { problem: KeyProblem } {
  return problem(`the private key is of type ${type}, and GitHub Apps sign with RSA`, DOWNLOAD);
}

function problem(message: string, remedy: string): { problem: KeyProblem } {
  return { problem: { message, remedy } };
}
