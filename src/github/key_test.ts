import { equal, match, ok } from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { checkPrivateKey, readPrivateKey } from "./key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PKCS1 = String(rsa.privateKey.export({ type: "pkcs1", format: "pem" }));
const PKCS8 = String(rsa.privateKey.export({ type: "pkcs8", format: "pem" }));
const PUBLIC = String(rsa.publicKey.export({ type: "spki", format: "pem" }));
const SHORT = String(
  generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs1", format: "pem" }),
);
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ED25519 = String(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));

const ENCRYPTED_PKCS1 = PKCS1.replace(
  "-----\n",
  "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n",
);
const relabel = (label: string) => PKCS8.replaceAll("PRIVATE KEY", label);

const ACCEPTED: Record<string, string> = {
  "PKCS#1": PKCS1,
  "PKCS#8": PKCS8,
  "CRLF line ends": PKCS1.replaceAll("\n", "\r\n"),
  "\\n written as two characters": PKCS1.replaceAll("\n", "\\n"),
  "\\r\\n written as four characters": PKCS8.replaceAll("\n", "\\r\\n"),
  "spaces instead of line ends": PKCS1.replaceAll("\n", " "),
  "a byte order mark": `\uFEFF${PKCS1}`,
  "words before and after it": `Bag Attributes\n  name: app\n${PKCS8}\nbye\n`,
};

for (const [name, pem] of Object.entries(ACCEPTED)) {
  Deno.test(`checkPrivateKey() accepts a key with ${name}`, () => {
    equal(checkPrivateKey(pem), undefined);
    const read = readPrivateKey(pem);
    ok("pkcs8" in read);
    ok(createPrivateKey(read.pkcs8).equals(rsa.privateKey));
  });
}

const REFUSED: Record<string, [pem: string, message: RegExp]> = {
  "an empty text": ["", /is empty/],
  "white space": [" \r\n\t\n", /is empty/],
  "an encrypted PKCS#8 key": [relabel("ENCRYPTED PRIVATE KEY"), /encrypted with a passphrase/],
  "an encrypted PKCS#1 key": [ENCRYPTED_PKCS1, /encrypted with a passphrase/],
  "a public key": [PUBLIC, /public key/],
  "an RSA public key": [PUBLIC.replaceAll("PUBLIC", "RSA PUBLIC"), /public key/],
  "a public SSH key": ["ssh-rsa AAAAB3NzaC1yc2E me@host", /public key/],
  "a certificate": [relabel("CERTIFICATE"), /certificate/],
  "an EC key": [String(EC.export({ type: "sec1", format: "pem" })), /type EC.*RSA/],
  "an EC key in PKCS#8": [String(EC.export({ type: "pkcs8", format: "pem" })), /type ec.*RSA/],
  "an Ed25519 key": [ED25519, /type ed25519.*RSA/],
  "an OpenSSH key": [relabel("OPENSSH PRIVATE KEY"), /OpenSSH/],
  "a PuTTY key": ["PuTTY-User-Key-File-3: ssh-rsa", /PuTTY/],
  "a key of 1024 bits": [SHORT, /1024 bits/],
  "two keys": [PKCS1 + PKCS1, /holds 2 keys/],
  "a key and a certificate": [PKCS8 + relabel("CERTIFICATE"), /holds 2 keys/],
  "words": ["hello", /no line says/],
  "its first line only": ["-----BEGIN RSA PRIVATE KEY-----", /cut off/],
  "half of it": [PKCS1.slice(0, 600), /cut off/],
  "a key with a damaged middle": [PKCS1.replace(/\nMII/, "\nAAA"), /damaged/],
  "a key without a middle": ["-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", /damaged/],
  "a file in UTF-16": ["-\0-\0-\0B\0", /not plain text/],
  "bytes": ["0\u0082\u0004\uFFFD\u0002", /not plain text/],
};

for (const [name, [pem, message]] of Object.entries(REFUSED)) {
  Deno.test(`checkPrivateKey() refuses ${name} and says what to do`, () => {
    const problem = checkPrivateKey(pem);
    ok(problem !== undefined);
    match(problem.message, message);
    ok(problem.remedy.length > 20);
  });
}

Deno.test("checkPrivateKey() never repeats any of the key", () => {
  for (const [pem] of Object.values(REFUSED)) {
    const body = pem.replace(/-----[^-]*-----/g, "").replace(/\s+/g, "").slice(40, 72);
    const { message = "", remedy = "" } = checkPrivateKey(pem) ?? {};
    ok(body.length < 32 || !`${message} ${remedy}`.includes(body));
  }
});
