/**
 * Keeps the golden disks of pools in the store, and removes the folders of all templates that nothing is made from any
 * more. Pools are checked side by side: a disk that one check has just linked is not in the state yet, and no other
 * check may take it away.
 */
import type { TemplateDisk } from "../model/rollout.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { HostPort, HostResult } from "../ports/host.ts";
import { allKeptDisks, type DisksInUse, isInStore, keepDisk, removeUnused } from "./template_store.ts";

type PoolOf = (name: string) => { readonly settings: Pick<PoolSettings, "template"> } | undefined;

/** One for all checks of a controller. */
export class StoreKeeper {
  readonly #host: HostPort;
  /** The disk that each pool's last check has kept: the state may hear of it only later. */
  readonly #kept = new Map<string, { readonly template: string; readonly path: string }>();
  /** Ends with what is done at the moment. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: HostPort) {
    this.#host = host;
  }

  /** Keeps the disk at the path of a pool's template; see {@linkcode keepDisk}. It is read-only then. */
  async keep(
    store: string,
    { name, template }: Pick<PoolSettings, "name" | "template">,
    identity: string,
  ): Promise<HostResult<TemplateDisk>> {
    return await this.#alone(async () => {
      const kept = await keepDisk(this.#host, store, template, identity);
      if (kept.outcome !== "ok") return kept;
      const { path } = kept.value;
      this.#kept.set(name, { template: template.path, path });
      if (!isInStore(store, path)) return kept;
      // Another link to the same file may have been removed since the check has looked.
      const protection = await this.#host.call("disk.protect", { path });
      return protection.outcome === "ok" ? kept : protection;
    });
  }

  /**
   * Removes what nothing uses, of templates that are configured, registered or neither. What is in use is asked anew
   * before each removal; where it is not known, nothing is removed. What is not copied completely stays.
   * @param poolOf a pool as it is now: what was kept for one that is gone, or has another template, is not needed.
   */
  async sweep(store: string, inUse: DisksInUse, poolOf: PoolOf): Promise<void> {
    const disks = await allKeptDisks(this.#host, store);
    if (disks.outcome !== "ok") return;
    const used = () => inUse()?.union(this.#keptFor(poolOf));
    for (const disk of disks.value) {
      await this.#alone(() => removeUnused({ host: this.#host, store, disk }, used));
    }
  }

  #keptFor(poolOf: PoolOf): Set<string> {
    const paths = new Set<string>();
    for (const [pool, { template, path }] of this.#kept) {
      if (poolOf(pool)?.settings.template.path === template) paths.add(path);
    }
    return paths;
  }

  /** Links are made and removed one after the other: on the host, two calls may overtake each other. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.then(() => {}, () => {});
    return await mine;
  }
}
