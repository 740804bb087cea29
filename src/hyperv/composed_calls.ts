/**
 * Calls that no script has: this program writes the config drive's file itself and has a worker do the rest. An
 * engine that stands in for Hyper-V in tests has no host whose files could be written, and answers them as they are.
 */
import type { Answer, Lost } from "../ports/engine.ts";
import type { HostArgs, HostCall } from "../ports/host.ts";
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
}

/** Edition of engines that stand in for PowerShell and Hyper-V. */
export const STAND_IN_EDITION = "Simulated";

/** Whether a call is composed here. */
export function isComposed(call: HostCall): call is "media.put" | "media.take" {
  return call === "media.put" || call === "media.take";
}

/** Makes a composed call. The function that comes back gives it up, with whatever part is under way. */
export function sendComposed(
  call: "media.put" | "media.take",
  args: unknown,
  answer: (answer: Answer | Lost) => void,
  { send, edition, files }: Composing,
): () => void {
  let wanted = true;
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
    const options = { send: sendDvd, files };
    told(
      call === "media.put"
        ? await putMedia(args as HostArgs<"media.put">, options)
        : await takeMedia(args as HostArgs<"media.take">, options),
    );
  };
  compose().catch((error: unknown) => told({ lost: `${call} ended with ${String(error)}` }));
  return () => {
    wanted = false;
    giveUpPart();
  };
}
