/** Lets callers who want the same thing at the same time share one request for it. */
export class Once<K, V> {
  readonly #pending = new Map<K, Promise<V>>();

  /** Joins the request for `key` that is under way, or starts it. */
  do(key: K, start: () => Promise<V>): Promise<V> {
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const started = start().finally(() => this.#pending.delete(key));
    this.#pending.set(key, started);
    return started;
  }
}
