/** Looks for machines and folders that a doctor made which was ended in the middle. */
import { win32 } from "node:path";
import type { HostPort, HostResult } from "../../../ports/host.ts";
import { type Marker, MARKER_FILE, mayBeAtWork, readMarker } from "../marker.ts";
import { isDoctorName } from "../random_name.ts";
import type { Leftover, LeftoverFacts, VmFact } from "../facts.ts";

/** More folders than this are not read; those that follow count as somebody else's. */
const MOST_FOLDERS = 100;

interface Place {
  readonly name: string;
  readonly vms: readonly VmFact[];
  readonly hasFolder: boolean;
}

/** Looks below the storage folder and among the VMs. Changes nothing. */
export async function findLeftovers(
  host: HostPort,
  { vms, storage }: { vms: readonly VmFact[]; storage: string },
): Promise<HostResult<LeftoverFacts>> {
  const listed = await host.call("dir.list", { path: storage });
  if (listed.outcome !== "ok" && !(listed.outcome === "failed" && listed.code === "not_found")) return listed;
  const folders = new Set(listed.outcome === "ok" ? listed.value.names.filter(isDoctorName) : []);
  const named = vms.filter(({ name }) => isDoctorName(name));
  const names = [...new Set([...folders, ...named.map(({ name }) => name)])].slice(0, MOST_FOLDERS);
  const found = await Promise.all(names.map((name) => {
    const hasFolder = folders.has(name);
    return judge(host, storage, { name, hasFolder, vms: named.filter((vm) => vm.name === name) });
  }));
  return {
    outcome: "ok",
    value: {
      ours: found.flatMap(({ ours }) => ours),
      doubtful: found.flatMap(({ doubtful }) => doubtful),
    },
  };
}

async function judge(
  host: HostPort,
  storage: string,
  { name, vms, hasFolder }: Place,
): Promise<LeftoverFacts> {
  const folder = win32.join(storage, name);
  const onFolder = hasFolder ? await markerOf(host, folder) : undefined;
  const inside = vms.filter(({ directory }) => isIn(directory, folder));
  const marks = [onFolder, ...inside.map(({ notes }) => readMarker(notes))].filter((mark): mark is Marker =>
    mark?.name === name
  );
  const outside = vms.filter((vm) => !inside.includes(vm)).map(({ id, name }): Leftover => ({
    name,
    vmId: id,
  }));
  if (marks.some(mayBeAtWork)) return { ours: [], doubtful: outside };
  // Names are not unique, and an import brings notes along: only what is in the one folder of this name is told apart.
  const [vm, another] = inside;
  const place: Leftover = {
    name,
    ...(vm === undefined ? {} : { vmId: vm.id }),
    ...(hasFolder || vm !== undefined ? { folder } : {}),
  };
  if (place.folder === undefined) return { ours: [], doubtful: outside };
  return marks.length > 0 && another === undefined
    ? { ours: [place], doubtful: outside }
    : { ours: [], doubtful: [place, ...outside] };
}

async function markerOf(host: HostPort, folder: string): Promise<Marker | undefined> {
  const path = win32.join(folder, MARKER_FILE);
  const answer = await host.call("file.read", { path, offset: 0, maxBytes: 1_024 });
  if (answer.outcome !== "ok") return undefined;
  const bytes = Uint8Array.from(atob(answer.value.data), (letter) => letter.charCodeAt(0));
  return readMarker(new TextDecoder().decode(bytes));
}

function isIn(directory: string, folder: string): boolean {
  const [inner, outer] = [win32.normalize(directory).toLowerCase(), win32.normalize(folder).toLowerCase()];
  return inner === outer || inner.startsWith(`${outer}\\`);
}
