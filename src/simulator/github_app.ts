/** The GitHub App: its key, the JWTs it signs, and the installation tokens it is given. */
import type { Ms } from "../model/ids.ts";
import type { Installation } from "./accounts.ts";
import type { Refusal } from "./runner.ts";
import type { Random } from "./random.ts";

/** RSASSA with SHA-256, which is all that GitHub takes. */
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
/** A JWT may live so long. */
const LONGEST_JWT_S = 600;
/** Clocks may differ by so much. */
const LEEWAY_S = 60;

const NOT_DECODED = { status: 401, message: "A JSON web token could not be decoded" };
const BAD_CREDENTIALS = { status: 401, message: "Bad credentials" };

/** One token. */
export interface InstallationToken {
  readonly token: string;
  readonly installation: Installation;
  readonly permissions: Readonly<Record<string, "read" | "write">>;
  /** Lower-case names of repositories it is narrowed to. */
  readonly repositories: readonly string[] | undefined;
  readonly expiresAt: Ms;
}

/** The app, as GitHub knows it. */
export class GitHubApp {
  readonly id = 424_242;
  readonly clientId = "Iv23simulated0000001";
  /** PEM, PKCS#8: what the controller is given. */
  readonly privateKey: string;
  readonly #publicKey: CryptoKey;
  readonly #random: Random;
  readonly #tokenMs: Ms;
  readonly #tokens = new Map<string, InstallationToken>();

  private constructor(privateKey: string, publicKey: CryptoKey, random: Random, tokenMs: Ms) {
    this.privateKey = privateKey;
    this.#publicKey = publicKey;
    this.#random = random;
    this.#tokenMs = tokenMs;
  }

  /** Makes an app with a key of its own. Tokens live `tokenMs`, an hour at GitHub. */
  static async create(random: Random, tokenMs: Ms = 3_600_000): Promise<GitHubApp> {
    const pair = await crypto.subtle.generateKey(
      { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ["sign", "verify"],
    );
    const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? [];
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
    return new GitHubApp(pem, pair.publicKey, random, tokenMs);
  }

  /** Why a JWT is refused; `undefined` when it is good. The words are GitHub's: clients look at them. */
  async refusesJwt(jwt: string, now: Ms): Promise<Refusal | undefined> {
    const [head = "", body = "", signature = "", more] = jwt.split(".");
    const header = decodePart(head);
    const claims = decodePart(body);
    const bytes = decodeBytes(signature);
    if (more !== undefined || header?.alg !== "RS256" || claims === undefined || bytes === undefined) {
      return NOT_DECODED;
    }
    const signed = new TextEncoder().encode(`${head}.${body}`);
    if (!await crypto.subtle.verify(RS256, this.#publicKey, bytes, signed)) return NOT_DECODED;
    if (String(claims.iss) !== String(this.id) && claims.iss !== this.clientId) {
      return { status: 401, message: "Integration not found" };
    }
    const nowS = now / 1_000;
    if (typeof claims.iat !== "number" || !Number.isInteger(claims.iat) || claims.iat > nowS + LEEWAY_S) {
      const message =
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
      return { status: 401, message };
    }
    if (typeof claims.exp !== "number" || claims.exp <= nowS) {
      const message =
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which " +
        "the assertion expires";
      return { status: 401, message };
    }
    if (claims.exp > nowS + LONGEST_JWT_S) {
      return { status: 401, message: "'Expiration time' claim ('exp') is too far in the future" };
    }
    return undefined;
  }

  /** Hands out a token, narrowed if that was asked. */
  issue(
    installation: Installation,
    narrow: { permissions?: Record<string, "read" | "write">; repositories?: readonly string[] },
    now: Ms,
  ): InstallationToken {
    for (const [token, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(token);
    const issued = {
      token: `ghs_${this.#random.hex(36)}`,
      installation,
      permissions: narrow.permissions ?? { ...installation.permissions },
      repositories: narrow.repositories?.map((name) => name.toLowerCase()),
      expiresAt: now + this.#tokenMs,
    };
    this.#tokens.set(issued.token, issued);
    return issued;
  }

  /** The token, or why it is refused. */
  checkToken(token: string, now: Ms): InstallationToken | Refusal {
    const found = this.#tokens.get(token);
    return found === undefined || found.expiresAt <= now ? BAD_CREDENTIALS : found;
  }
}

function decodeBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url", lastChunkHandling: "loose" });
  } catch {
    return undefined; // not base64url: not a JWT
  }
}

function decodePart(text: string): Record<string, unknown> | undefined {
  const bytes = decodeBytes(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // not JSON: not a JWT
  }
}
