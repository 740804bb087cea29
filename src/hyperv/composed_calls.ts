/**
 * Calls that no script has: this program writes the config drive's file itself and has a worker do the rest, and it
 * reads and writes the host's files and probes guests by itself. An engine that stands in for Hyper-V in tests has no host whose files
 * could be written, and answers these calls as they are.
 */
import type { Answer, Lost } from "../ports/engine.ts";
import type { HostArgs, HostCall } from "../ports/host.ts";
import { probeGuest } from "./guest_probe.ts";
import { answerFileCall, type FileCall, isFileCall } from "./host_files.ts";
import { putMedia, type SendDvd, takeMedia } from "./media/config_drive.ts";
import type { MediaFiles } from "./media/media_files.ts";

/** Sends one call to a worker; the function that comes back gives it up. */
export type SendCall = (call: HostCall, args: unknown, answer: (answer: Answer | Lost) => void) => () => void;

/** What composed calls reach. */
export interface Composing {
  readonly send: SendCall;
  /** What kind of engine answers; nothing when none does. */
  readonly edition: () => Promise<string | undefined>;
  readonly files: MediaFiles;
  /** Aborted when the engine is closed. */
  readonly closing: AbortSignal;
}

/** Calls that are composed here. */
export type ComposedCall = "media.put" | "media.take" | "guest.probe" | FileCall;

/** Edition of engines that stand in for PowerShell and Hyper-V. */
export const STAND_IN_EDITION = "Simulated";

/** Whether a call is composed here. */
export function isComposed(call: HostCall): call is ComposedCall {
  return call === "media.put" || call === "media.take" || isOwn(call);
}

/** Whether no worker has a part in a call: it ends before the engine does. */
export function isOwn(call: HostCall): call is "guest.probe" | FileCall {
  return call === "guest.probe" || isFileCall(call);
}

/**
 * Makes a composed call. `giveUp` gives it up, with whatever part is under way; `ended` resolves when nothing of it
 * is under way any more.
 */
export function sendComposed(
  call: ComposedCall,
  args: unknown,
  answer: (answer: Answer | Lost) => void,
  { send, edition, files, closing }: Composing,
): { giveUp: () => void; ended: Promise<void> } {
  let wanted = true;
  const givenUp = new AbortController();
  let giveUpPart = () => {};
  const part: SendCall = (name, partArgs, partAnswer) => {
    if (!wanted) return () => {};
    return giveUpPart = send(name, partArgs, partAnswer);
  };
  const sendDvd: SendDvd = (name, partArgs) =>
    new Promise((resolve) => {
      part(name, partArgs, resolve);
    });
  const told = (given: Answer | Lost) => {
    if (wanted) answer(given);
  };
  const compose = async () => {
    if (await edition() === STAND_IN_EDITION) {
      part(call, args, told);
      return;
    }
    if (isOwn(call)) {
      const signal = AbortSignal.any([closing, givenUp.signal]);
      told(
        call === "guest.probe"
          ? await probeGuest(args as HostArgs<"guest.probe">, signal)
          : await answerFileCall(call, args, signal),
      );
      return;
    }
    const options = { send: sendDvd, files };
    told(
      call === "media.put"
        ? await putMedia(args as HostArgs<"media.put">, options)
        : await takeMedia(args as HostArgs<"media.take">, options),
    );
  };
  const ended = compose().catch((error: unknown) => told({ lost: `${call} ended with ${String(error)}` }));
  return {
    giveUp() {
      wanted = false;
      givenUp.abort(new Error("its time was over."));
      giveUpPart();
    },
    ended,
  };
}
