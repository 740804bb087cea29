/** What is asked about leases: by administrators, or by a holder with the lease's token as the endpoint's. */
import {
  type AcquiredLease,
  acquiredSchema,
  type AcquireLeaseRequest,
  ANSWER_WITHIN_SECONDS,
  type LeaseAnswer,
  leasesSchema,
  leaseStatusSchema,
  type ReasonRequest,
  type ReleaseLeaseRequest,
} from "../api/schemas.ts";
import { pathOf, queryText } from "./path.ts";
import { type Transport, withSignal } from "./transport.ts";

/** How a machine is asked for. */
export interface AcquireOptions {
  /**
   * The same request under the same key brings the same lease, for a day: 1 to 200 printable ASCII characters. With
   * one a request whose answer was lost can be made again.
   */
  readonly key?: string;
  /**
   * The request is held until the lease is active, at most for so many seconds, up to 60.
   * @default 30
   */
  readonly answerWithinSeconds?: number;
  /** Gives up the request. A lease that it brought goes on. */
  readonly signal?: AbortSignal;
}

/** What can be done with the machine of a lease. */
export type LeaseChange =
  | { readonly kind: "pause" | "resume" | "reset" }
  | { readonly kind: "checkpoint" | "restore"; readonly name: string };

const LEASES = "/v1/leases";
/** An answer may come so much later than the request is held for. */
const LATE_MS = 15_000;

/** Leases of one hvpool; `Client.leases`. */
export class LeaseClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The same, for requests that wait no longer than so long from now on: then they throw TimedOut. */
  within(ms: number): LeaseClient {
    return new LeaseClient(this.#transport.within(ms));
  }

  /**
   * Asks for a machine. The lease of the answer is active, or waits: the same request under the same key waits on.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `not_found` for an unknown pool, `invalid_request`, `conflict` for a key of another
   * request, `gone` when no machine came free in time
   */
  acquire(request: AcquireLeaseRequest, options: AcquireOptions = {}): Promise<AcquiredLease> {
    const { key, answerWithinSeconds = ANSWER_WITHIN_SECONDS, signal } = options;
    const path = LEASES + queryText({ answer_within: answerWithinSeconds });
    return this.#transport.read(acquiredSchema, "POST", path, {
      body: JSON.stringify(request),
      silenceMs: answerWithinSeconds * 1000 + LATE_MS,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...withSignal(signal),
    });
  }

  /**
   * Those that have not ended, oldest first.
   *
   * @throws NotRunning, Unauthorized, ApiError
   */
  async list(): Promise<LeaseAnswer[]> {
    return (await this.#transport.read(leasesSchema, "GET", LEASES)).leases;
  }

  /**
   * One lease. With its own token this is a heartbeat, too.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `gone` when it has ended, `not_found`, `not_your_lease`
   */
  show(lease: string, signal?: AbortSignal): Promise<LeaseAnswer> {
    return this.#transport.read(leaseStatusSchema, "GET", pathOf(LEASES, lease), withSignal(signal));
  }

  /** Says that its holder is still there. Throws as {@linkcode show}. */
  heartbeat(lease: string): Promise<LeaseAnswer> {
    return this.#transport.read(leaseStatusSchema, "POST", pathOf(LEASES, lease, "heartbeat"));
  }

  /**
   * Gives it another length, counted from its beginning.
   *
   * @throws as {@linkcode show}, and ApiError with the code `invalid_request` for more than its pool allows
   */
  extend(lease: string, totalSeconds: number, { reason }: ReasonRequest = {}): Promise<LeaseAnswer> {
    const body = JSON.stringify({ total_seconds: totalSeconds, reason });
    return this.#transport.read(leaseStatusSchema, "POST", pathOf(LEASES, lease, "extend"), { body });
  }

  /**
   * Saves its machine, goes on with it, puts it back to its clean checkpoint, makes a checkpoint or goes back to one.
   * `change` of the answer is null when that is over; else it goes on, and {@linkcode show} tells how far it is.
   *
   * @throws as {@linkcode show}, and ApiError with the codes `conflict` when its state does not allow it, `not_found`
   * for an unknown checkpoint
   */
  async change(
    lease: string,
    change: LeaseChange,
    { answerWithinSeconds = ANSWER_WITHIN_SECONDS, signal, reason }:
      & Omit<AcquireOptions, "key">
      & ReasonRequest = {},
  ): Promise<LeaseAnswer> {
    const [path, body] = requestOf(lease, change);
    return await this.#transport.read(
      leaseStatusSchema,
      "POST",
      path + queryText({ answer_within: answerWithinSeconds }),
      {
        body: JSON.stringify({ ...body, reason }),
        silenceMs: answerWithinSeconds * 1000 + LATE_MS,
        ...withSignal(signal),
      },
    );
  }

  /**
   * Ends it; one that has ended is no error.
   *
   * @throws NotRunning, Unauthorized
   * @throws ApiError with the codes `not_found`, `not_your_lease`
   */
  release(lease: string, request: ReleaseLeaseRequest = {}): Promise<void> {
    return this.#end(lease, "release", request);
  }

  /** Takes its machine away from its holder: the administrator's token only. Throws as {@linkcode release}. */
  forceRelease(lease: string, request: ReasonRequest = {}): Promise<void> {
    return this.#end(lease, "force-release", request);
  }

  #end(lease: string, how: "release" | "force-release", request: object): Promise<void> {
    const body = JSON.stringify(request);
    return this.#transport.discard("POST", pathOf(LEASES, lease, how), { body });
  }
}

/** Path and body of a change. */
function requestOf(lease: string, change: LeaseChange): [path: string, body: object] {
  switch (change.kind) {
    case "checkpoint":
      return [pathOf(LEASES, lease, "checkpoints"), { name: change.name }];
    case "restore":
      return [pathOf(pathOf(LEASES, lease, "checkpoints"), change.name, "restore"), {}];
    default:
      return [pathOf(LEASES, lease, change.kind), {}];
  }
}
