/** Calls that are no single call to the host, in simulated time: those that prepare an image, and evidence. */
import { diskInStore } from "../../src/controller/template_store.ts";
import type { OperationName } from "../../src/model/calls.ts";
import type { Ms } from "../../src/model/ids.ts";
import type { Answer } from "../../src/ports/engine.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";
import type { Timeline } from "../../src/simulator/timeline.ts";

type PreparingCall = Extract<
  OperationName,
  "runner.fetch" | "file.copy" | "guest.install" | "template.publish" | "evidence.keep"
>;

const CALLS: ReadonlySet<string> = new Set([
  "runner.fetch",
  "file.copy",
  "guest.install",
  "template.publish",
]);

/** Whether a call is one of these. */
export function isPreparing(call: OperationName): call is PreparingCall {
  return CALLS.has(call);
}

/** How long a package takes to come, and a guest to take everything in. */
const FETCH_MS: Ms = 8_000;
const EVIDENCE_MS: Ms = 500;
const INSTALL_MS: Ms = 40_000;
/** A guest that was given everything shuts down after this. */
const OFF_MS: Ms = 5_000;

interface Site {
  readonly host: SimulatedHost;
  readonly timeline: Timeline;
  readonly heard: (answer: Answer) => void;
}

/** Begins one. */
export function beginPreparing(
  call: PreparingCall,
  args: Readonly<Record<string, unknown>>,
  site: Site,
): void {
  const { host, timeline, heard } = site;
  const after = (ms: Ms, then: () => void) => timeline.at(timeline.now + ms, then);
  switch (call) {
    case "evidence.keep":
      after(EVIDENCE_MS, () => heard({ ok: true, value: {}, ms: EVIDENCE_MS }));
      return;
    case "runner.fetch":
      after(FETCH_MS, () => heard({ ok: true, value: {}, ms: 0 }));
      return;
    case "file.copy":
      host.handle("file.copy", args, (answer) => {
        if (!answer.ok) return heard(answer);
        const { copied, size } = answer.value as { copied: number; size: number };
        heard({ ok: true, value: { copied: Number(args["offset"]) + copied, size }, ms: 0 });
      });
      return;
    case "guest.install":
      after(INSTALL_MS, () => {
        heard({ ok: true, value: {}, ms: 0 });
        after(OFF_MS, () => host.handle("vm.turnOff", { vmId: args["vmId"] }, () => {}));
      });
      return;
    case "template.publish":
      return publish(args, site);
    default:
      call satisfies never;
  }
}

function publish(args: Readonly<Record<string, unknown>>, { host, heard }: Site): void {
  const { path, store, name, key, runner } = args as Record<string, string | undefined>;
  const target = diskInStore(store ?? "", name ?? "", key ?? "");
  host.handle("file.rename", { path, target }, () => {
    // A repeated one finds that it was moved before: what counts is what is there.
    host.handle("disk.protect", { path: target }, () => {
      host.handle("disk.info", { path: target }, (info) => {
        if (!info.ok) return heard(info);
        const { identity } = info.value as { identity: string };
        const image = runner === undefined ? {} : { image: { runner } };
        heard({ ok: true, value: { disk: { identity, path: target, ...image } }, ms: 0 });
      });
    });
  });
}
