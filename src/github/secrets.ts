/** Keeps tokens, keys and JIT configurations out of every text that leaves this adapter. */

const SECRETS = [
  /-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g,
  /\b(?:bearer|token)\s+(?=\S*\d)[\w.~+/=-]{8,}/gi,
  /\bgh[a-z]_\w{8,}/gi,
  /\bgithub_pat_\w{8,}/gi,
  /\beyJ[\w-]*\.[\w-]+\.?[\w-]*/g,
  // A JIT configuration, or any other long run of base64.
  /[A-Za-z0-9+/_-]{80,}={0,2}/g,
];

/** Replaces everything that looks like a secret, and the secrets that are known to be in use. */
export function withoutSecrets(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) {
    if (secret.length >= 8) clean = clean.replaceAll(secret, "[redacted]");
  }
  for (const pattern of SECRETS) clean = clean.replace(pattern, "[redacted]");
  return clean;
}
