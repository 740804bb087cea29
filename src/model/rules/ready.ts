/**
 * When the guest of an agent pool is ready for a holder: its clock is right, its desktop is up, it has an address that can
 * be relied on, and its probe is answered. The same for its first checkpoint, the proof of its saved state, a resume and a
 * lease.
 */
import { freshAddress, movedAt } from "../guest_address.ts";
import type { TemplateSettings } from "../settings.ts";
import type { Ms } from "../ids.ts";
import { beatMoved, guestOf } from "../view.ts";
import { type Facts, type Wait, wait } from "./step.ts";

/**
 * So far a guest's clock may be from the host's: what a guest says is as old as a beat, and a busy guest or host holds it
 * up. What checks times bears more: Kerberos five minutes, tokens and new certificates mostly as much.
 */
export const CLOCK_TOLERANCE_MS: Ms = 60_000;

/** What a guest still lacks. */
export interface Lack {
  readonly why: string;
  /** Which reading may change it. */
  readonly reading: "guest" | "probe";
  /** In short, of a machine that its holder has nevertheless: `its clock is 5 min behind`. */
  readonly what: string;
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
  return lackOfClock(facts) ??
    (agent?.desktop === true ? lackOfDesktop(facts) : undefined) ??
    (agent?.addressless === true && template.probe === undefined ? undefined : lackOfAddress(facts)) ??
    (template.probe === undefined ? undefined : lackOfProbe(facts, template.probe));
}

/** A resumed guest's clock is as old as its saved state until it was set. Older loaders do not say what it shows. */
function lackOfClock({ v, cycle }: Facts): Lack | undefined {
  const guest = guestOf(v, cycle);
  if (guest?.time === undefined) return undefined;
  // The host's time when the reading began, not now: a reading grows old, and is none the worse for it.
  const behindMs = guest.at - guest.time;
  if (Math.abs(behindMs) <= CLOCK_TOLERANCE_MS) return undefined;
  const off = `${spanText(Math.abs(behindMs))} ${behindMs > 0 ? "behind" : "ahead"}`;
  return {
    why: `waiting for the guest's time: its clock is ${off}`,
    reading: "guest",
    what: `its clock is ${off}`,
    late: `The guest did not take the host's time: its clock is ${off}. Check that the integration service ` +
      "Time Synchronization of the machine is on, and in the image that `w32tm /resync` succeeds " +
      "(docs/guest-protocol.md says more)",
  };
}

/** The two largest units of a length of time: `2 h 5 min`. */
function spanText(ms: Ms): string {
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map((part) => part.join(" ")).join(" ");
}

function lackOfDesktop({ v, cycle }: Facts): Lack | undefined {
  const guest = guestOf(v, cycle);
  const desktop = guest?.desktop;
  if (desktop === undefined) {
    return desktopLack(
      "nobody is logged on",
      "nobody is logged on to its desktop",
      "Check the automatic logon of the image, and its beacon",
    );
  }
  if (desktop.locked) {
    return desktopLack("it is locked", "its desktop is locked", "Check the automatic logon of the image");
  }
  if (desktop.width === 0 || desktop.height === 0) {
    return desktopLack("it has no size", "its desktop has no size", "Check the display of the image");
  }
  // The loader lives, but what it says of the desktop may be from before the resume.
  if (guest?.base.desktop === undefined || desktop.beat === guest.base.desktop) {
    return desktopLack(
      "its beacon is silent",
      "the beacon of its desktop is silent",
      "Check the task of the beacon in the image",
    );
  }
  return undefined;
}

function desktopLack(how: string, what: string, remedy: string): Lack {
  const why = `waiting for the guest's desktop: ${how}`;
  return {
    why,
    reading: "guest",
    what,
    late: `The guest's desktop did not come up in time: ${how}. ${remedy}`,
  };
}

function lackOfAddress({ v, cycle }: Facts): Lack | undefined {
  if (freshAddress(v, cycle) !== undefined) return undefined;
  const said = guestOf(v, cycle)?.address;
  const remedy = "Check DHCP on the switch of its pool; where that gives none, write wait_for_address: false";
  return said === undefined
    ? {
      why: "waiting for the guest's address: it has none yet",
      reading: "guest",
      what: "it has no address",
      late: `The guest had no address in time. ${remedy}`,
    }
    : {
      why: `waiting for the guest's address: ${said} may be an old one`,
      reading: "guest",
      what: `its address ${said} may be an old one`,
      late:
        `The guest had no address in time that is newer than its last start: ${said} was not certain. ${remedy}`,
    };
}

function lackOfProbe({ v, cycle }: Facts, probe: NonNullable<TemplateSettings["probe"]>): Lack | undefined {
  const seen = cycle.vmId === undefined ? undefined : v.probes.get(cycle.vmId);
  const address = freshAddress(v, cycle);
  const counts = seen !== undefined && seen.asOf >= movedAt(cycle) && seen.address === address;
  if (counts && seen.ready) return undefined;
  const asked = "tcp" in probe ? `port ${probe.tcp}` : probe.http;
  const answer = counts ? `: ${seen.message}` : "";
  return {
    why: `waiting for ${asked} of the guest at ${address ?? "no address"}${answer}`,
    reading: "probe",
    what: `its probe is not answered, ${asked} at ${address ?? "no address"}${answer}`,
    late: `Its probe was not answered in time, ${asked} at ${address ?? "no address"}${answer}. ` +
      "Check that the image starts what the template's probe asks for",
  };
}
