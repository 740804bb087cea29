/**
 * Whether a VM is one that hyperv-runner-pool has left behind. That program marks nothing as its own: it calls VMs
 * `<name_prefix><n>`, without Notes, and gives each the disk `<storage_path>\<name>.vhdx`, a child of the template.
 * So all three must hold; one that is merely called so may be anybody's.
 */
import { parseNotes } from "../../model/ids.ts";
import type { PoolSettings, Settings } from "../../model/settings.ts";

/** Name of the program, of its exe and of the service that its installer makes. */
export const OLD_POOL_PROGRAM = "hyperv-runner-pool";

/** Where a pool of the same configuration had its things. */
export interface OldPoolPlace {
  /** Name of the pool here. */
  readonly pool: string;
  readonly prefix: string;
  /** Machines that it had at least, by the present configuration. */
  readonly size: number;
  /** The golden disk; empty: the configuration names none. */
  readonly template: string;
  readonly storage: string;
}

/** A disk and those that it stands on, from the top; `parent` of the last one is `null`, or could not be read. */
export type DiskChain = readonly { readonly path: string; readonly parent: string | null }[];

/** What must be known of a VM. */
export interface SeenVm {
  readonly name: string;
  readonly notes: string;
  /** Each of its disks; `undefined`: it could not be asked. */
  readonly chains: readonly DiskChain[] | undefined;
}

/**
 * What a VM is. `resembles`: something of the old pool holds for it, and something does not. `unknown`: it is called as
 * the old pool's are, and could not be asked for more.
 */
export type Verdict =
  | { readonly is: "old"; readonly disks: readonly string[] }
  | { readonly is: "ours" }
  | { readonly is: "unknown" }
  | { readonly is: "resembles"; readonly because: string }
  | { readonly is: "other" };

/** Where each pool of the settings had its things before. */
export function oldPoolPlaces({ pools, storage }: Settings): OldPoolPlace[] {
  return pools.map((pool) => oldPoolPlace(pool, storage));
}

/** See {@linkcode oldPoolPlaces}. */
export function oldPoolPlace(
  { name, prefix, size, template }: Pick<PoolSettings, "name" | "prefix" | "size" | "template">,
  storage: string,
): OldPoolPlace {
  return { pool: name, prefix, size, template: template.path, storage };
}

/** The number in a name that the old pool gives; `undefined`: it gives no such name. */
export function numberIn(name: string, prefix: string): number | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  return /^[1-9]\d{0,5}$/.test(digits) ? Number(digits) : undefined;
}

/** Paths are the same in upper and lower case, and with either slash. */
export function samePath(one: string, other: string): boolean {
  return pathKey(one) === pathKey(other);
}

/** See {@linkcode samePath}. */
export function pathKey(path: string): string {
  return path.replaceAll("/", "\\").replace(/(?<=.)\\+$/, "").toLowerCase();
}

/** Whether a file lies in the folder itself: below it are machines of hvpool. */
export function liesIn(path: string, folder: string): boolean {
  const key = pathKey(path);
  return key.slice(0, Math.max(0, key.lastIndexOf("\\"))) === pathKey(folder);
}

/** The disks of a chain above the template, where all of them lie in the storage folder; else why not. */
export function oldDisks(
  chain: DiskChain,
  { template, storage }: OldPoolPlace,
): { readonly disks: readonly string[] } | { readonly because: string; readonly resembles: boolean } {
  const at = chain.findIndex(({ path }) => samePath(path, template));
  const above = at < 0 ? chain : chain.slice(0, at);
  const outside = above.find(({ path }) => !liesIn(path, storage));
  const lies = outside === undefined;
  const isChild = template !== "" && (at > 0 || samePath(above.at(-1)?.parent ?? "", template));
  if (lies && isChild) return { disks: above.map(({ path }) => path) };
  const reasons = [
    ...(lies ? [] : [`its disk ${outside.path} does not lie in the storage folder ${storage}`]),
    ...(isChild ? [] : [
      template === ""
        ? "the configuration names no template_path that its disk could be a child of"
        : `its disk ${chain[0]?.path ?? ""} is no child of the template ${template}`,
    ]),
  ];
  return { because: reasons.join(", and "), resembles: lies || isChild };
}

/** Judges a VM by one place. */
export function judgeVm(vm: SeenVm, place: OldPoolPlace): Verdict {
  if (parseNotes(vm.notes) !== undefined) return { is: "ours" };
  const isCalledSo = numberIn(vm.name, place.prefix) !== undefined;
  const resembles = (because: string): Verdict => ({ is: "resembles", because });
  if (vm.chains === undefined) {
    return { is: isCalledSo ? "unknown" : "other" };
  }
  if (vm.chains.length !== 1) {
    if (isCalledSo) {
      return resembles(`it has ${vm.chains.length} disks, and a machine of the old pool has one`);
    }
    const some = vm.chains.map((chain) => oldDisks(chain, place));
    return some.some((one) => "disks" in one || one.resembles)
      ? resembles(`it is not called ${place.prefix}<number>, and has ${vm.chains.length} disks`)
      : { is: "other" };
  }
  const [chain = []] = vm.chains;
  const found = oldDisks(chain, place);
  if (isCalledSo) return "disks" in found ? { is: "old", disks: found.disks } : resembles(found.because);
  if ("disks" in found) return resembles(`it is not called ${place.prefix}<number>`);
  return found.resembles
    ? resembles(`it is not called ${place.prefix}<number>, and ${found.because}`)
    : { is: "other" };
}
