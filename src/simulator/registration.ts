/** How a registration comes to be at the simulated forge: what is refused, tokens for guests, the runner itself. */
import type { Ms, ScopeKey } from "../model/ids.ts";
import type { RegistrationToken } from "../ports/forge.ts";
import type { Random } from "./random.ts";
import type { Refusal, Runner, RunnerGroup } from "./runner.ts";

/** A registration token lives so long. Source: GitHub's REST reference. */
export const REGISTRATION_TOKEN_MS = 3_600_000;

/** Labels that the runner program adds to those that it is configured with. */
const OWN_LABELS = ["self-hosted", "Windows", "X64"];

/** What is asked for a just-in-time runner. */
export interface JitRegistration {
  readonly scope: ScopeKey;
  readonly name: string;
  readonly groupId: number;
  readonly labels: readonly string[];
  readonly workFolder: string;
}

/** What a guest's runner program asks that configures itself, as an ephemeral runner and without `--replace`. */
export interface TokenRegistration {
  readonly token: string;
  readonly scope: ScopeKey;
  readonly name: string;
  /** Beside those that the program adds. */
  readonly labels: readonly string[];
  /** Name of the group. */
  readonly group: string;
}

/** The tokens that were given out and have not expired. */
export class RegistrationTokens {
  readonly #random: Random;
  readonly #given = new Map<string, { scope: ScopeKey; expiresAt: Ms }>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Gives one out. */
  give(scope: ScopeKey, now: Ms): RegistrationToken {
    for (const [token, { expiresAt }] of this.#given) if (expiresAt <= now) this.#given.delete(token);
    const token = `A${this.#random.hex(28).toUpperCase()}`;
    const expiresAt = now + REGISTRATION_TOKEN_MS;
    this.#given.set(token, { scope, expiresAt });
    return { token, expiresAt };
  }

  /** Whether runners may be registered with it in this scope. */
  allows(token: string, scope: ScopeKey, now: Ms): boolean {
    const given = this.#given.get(token);
    return given !== undefined && given.scope === scope && now < given.expiresAt;
  }
}

/** Logins and repository names are the same in upper and lower case. */
export function scopeKey(scope: ScopeKey): ScopeKey {
  return scope.toLowerCase() as ScopeKey;
}

/** The same name in the same scope. */
export function nameKey({ scope, name }: { scope: ScopeKey; name: string }): string {
  return `${scopeKey(scope)}\n${name.toLowerCase()}`;
}

/** A no in GitHub's words. */
export function refuse(status: number, message: string): { refusal: Refusal } {
  return { refusal: { status, message } };
}

/** Why a registration is refused whoever asks for it. */
export function refuseRegistration(
  { name, groupId, labels }: JitRegistration,
  groups: readonly RunnerGroup[],
  taken: boolean,
): { refusal: Refusal } | undefined {
  if (name.length === 0 || name.length > 64) {
    return refuse(422, "Validation Failed: name must have 1 to 64 characters.");
  }
  if (labels.length === 0 || labels.length > 100) {
    return refuse(422, "Validation Failed: labels must have 1 to 100 items.");
  }
  if (!groups.some((group) => group.id === groupId)) return refuse(404, "Not Found");
  return taken ? refuse(409, `Already exists - A runner with the name ${name} already exists.`) : undefined;
}

/** Labels of a runner that configured itself: its own, and those that its program adds; each once. */
export function selfGivenLabels(labels: readonly string[]): string[] {
  return [...new Set([...OWN_LABELS, ...labels].map((label) => label.toLowerCase()))];
}

/** A new one, offline. */
export function newRunner(
  { scope, name, groupId, labels }: JitRegistration,
  made: { id: number; jitConfig: string; now: Ms; visibleAt: Ms },
): Runner {
  const { id, jitConfig, now, visibleAt } = made;
  return {
    id,
    scope: scopeKey(scope),
    name,
    groupId,
    labels: labels.map((label) => label.toLowerCase()),
    jitConfig,
    status: "offline",
    busy: false,
    createdAt: now,
    removedAt: null,
    offlineSince: now,
    visibleAt,
    before: { status: "offline", busy: false },
    shownUntil: now,
    session: undefined,
  };
}

/** Shape of the real one: base64 of a JSON object of files, each in base64. */
export function jitConfig(random: Random, length: number, about: Record<string, unknown>): string {
  const runner = btoa(JSON.stringify({ ...about, Ephemeral: true }));
  const files = { ".runner": runner, ".credentials": random.hex(32) };
  const padding = "x".repeat(Math.max(0, Math.floor(length * 0.75) - JSON.stringify(files).length - 30));
  return btoa(JSON.stringify(padding === "" ? files : { ...files, ".credentials_rsaparams": padding }));
}
