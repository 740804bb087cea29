/**
 * When the guest of an agent pool is ready for a holder: its desktop is up, it has an address that can be relied on, and
 * its probe is answered. The same for its first checkpoint, the proof of its saved state, a resume and a lease.
 */
import { freshAddress, movedAt } from "../guest_address.ts";
import type { TemplateSettings } from "../settings.ts";
import type { Ms } from "../ids.ts";
import { beatMoved, guestOf } from "../view.ts";
import { type Facts, type Wait, wait } from "./step.ts";

/** What a guest still lacks. */
export interface Lack {
  readonly why: string;
  /** Which reading may change it. */
  readonly reading: "guest" | "probe";
  /** Said where its time is over: what it lacked, and what to look at. */
  readonly late: string;
}

/** Whether a guest is ready for a holder; one of a runner pool always is. */
export function isReady(facts: Facts): boolean {
  return lackOf(facts) === undefined;
}

/** What a guest lacks that is otherwise ready: it lives, and waits. */
export function lackNow(facts: Facts): Lack | undefined {
  const { v, cycle } = facts;
  const guest = guestOf(v, cycle);
  return guest?.phase === "waiting" && beatMoved(guest, cycle) ? lackOf(facts) : undefined;
}

/** Why a guest was not ready in time. */
export function tooLate(facts: Facts, otherwise: string): string {
  return lackNow(facts)?.late ?? otherwise;
}

/** Waits for what a resumed guest lacks. */
export function waitUntilReady(facts: Facts, until: Ms): Wait {
  const lack = lackNow(facts);
  return wait(lack?.why ?? "waiting for the guest to go on", { until, reading: lack?.reading ?? "guest" });
}

/** What a guest lacks first; nothing when it is ready for a holder. */
export function lackOf(facts: Facts): Lack | undefined {
  const { pool } = facts;
  if (pool?.settings.kind !== "agent") return undefined;
  const { agent, template } = pool.settings;
  return (agent?.desktop === true ? lackOfDesktop(facts) : undefined) ??
    (agent?.addressless === true && template.probe === undefined ? undefined : lackOfAddress(facts)) ??
    (template.probe === undefined ? undefined : lackOfProbe(facts, template.probe));
}

function lackOfDesktop({ v, cycle }: Facts): Lack | undefined {
  const guest = guestOf(v, cycle);
  const desktop = guest?.desktop;
  if (desktop === undefined) {
    return desktopLack("nobody is logged on", "Check the automatic logon of the image, and its beacon");
  }
  if (desktop.locked) return desktopLack("it is locked", "Check the automatic logon of the image");
  if (desktop.width === 0 || desktop.height === 0) {
    return desktopLack("it has no size", "Check the display of the image");
  }
  // The loader lives, but what it says of the desktop may be from before the resume.
  if (guest?.base.desktop === undefined || desktop.beat === guest.base.desktop) {
    return desktopLack("its beacon is silent", "Check the task of the beacon in the image");
  }
  return undefined;
}

function desktopLack(what: string, remedy: string): Lack {
  const why = `waiting for the guest's desktop: ${what}`;
  return { why, reading: "guest", late: `The guest's desktop did not come up in time: ${what}. ${remedy}` };
}

function lackOfAddress({ v, cycle }: Facts): Lack | undefined {
  if (freshAddress(v, cycle) !== undefined) return undefined;
  const said = guestOf(v, cycle)?.address;
  const remedy = "Check DHCP on the switch of its pool; where that gives none, write wait_for_address: false";
  return said === undefined
    ? {
      why: "waiting for the guest's address: it has none yet",
      reading: "guest",
      late: `The guest had no address in time. ${remedy}`,
    }
    : {
      why: `waiting for the guest's address: ${said} may be an old one`,
      reading: "guest",
      late:
        `The guest had no address in time that is newer than its last start: ${said} was not certain. ${remedy}`,
    };
}

function lackOfProbe({ v, cycle }: Facts, probe: NonNullable<TemplateSettings["probe"]>): Lack | undefined {
  const seen = cycle.vmId === undefined ? undefined : v.probes.get(cycle.vmId);
  const address = freshAddress(v, cycle);
  const counts = seen !== undefined && seen.asOf >= movedAt(cycle) && seen.address === address;
  if (counts && seen.ready) return undefined;
  const what = "tcp" in probe ? `port ${probe.tcp}` : probe.http;
  const answer = counts ? `: ${seen.message}` : "";
  return {
    why: `waiting for ${what} of the guest at ${address ?? "no address"}${answer}`,
    reading: "probe",
    late: `Its probe was not answered in time, ${what} at ${address ?? "no address"}${answer}. ` +
      "Check that the image starts what the template's probe asks for",
  };
}
