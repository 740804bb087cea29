/** Pools that are made at run time, for tests of the API and its clients, kept in memory. */
import type { PoolStatus } from "../../model/status.ts";
import type { By, CreatePool, PoolAnswer, PoolOperations } from "../../ports/operations.ts";

/** {@linkcode PoolOperations} over the pools of a status. */
export class FakePools implements PoolOperations {
  /** What was asked. */
  readonly asked: (CreatePool | ({ name: string; force: boolean } & By))[] = [];
  /** Pools whose machines are leased. */
  readonly leased: Set<string> = new Set();
  readonly #pools: () => readonly PoolStatus[];
  readonly #set: (pools: readonly PoolStatus[]) => void;

  constructor(pools: () => readonly PoolStatus[], set: (pools: readonly PoolStatus[]) => void) {
    this.#pools = pools;
    this.#set = set;
  }

  create(request: CreatePool): Promise<PoolAnswer> {
    this.asked.push(request);
    const { name, size, template } = request;
    const there = this.#pools().find((one) => one.name === name);
    if (there?.created === true && there.size === size) {
      return Promise.resolve({ ok: true, pool: there, changed: false });
    }
    if (there !== undefined) {
      return Promise.resolve({ ok: false, code: "conflict", message: "There is such a pool already." });
    }
    const [sample] = this.#pools();
    if (sample === undefined) throw new Error("the sample has no pool");
    const pool: PoolStatus = {
      ...sample,
      name,
      kind: "agent",
      size,
      configuredSize: size,
      ready: 0,
      starting: 0,
      created: true,
      image: { ...sample.image, template },
    };
    this.#set([...this.#pools(), pool]);
    return Promise.resolve({ ok: true, pool, changed: true });
  }

  delete(name: string, { force, ...by }: By & { force: boolean }): Promise<PoolAnswer> {
    this.asked.push({ name, force, ...by });
    const pool = this.#pools().find((one) => one.name === name);
    if (pool === undefined) {
      return Promise.resolve({ ok: false, code: "not_found", message: "There is no such pool." });
    }
    if (!pool.created || (this.leased.has(name) && !force)) {
      return Promise.resolve({ ok: false, code: "conflict", message: "It is leased, or configured." });
    }
    this.#set(this.#pools().filter((one) => one !== pool));
    return Promise.resolve({ ok: true, pool, changed: true });
  }
}
