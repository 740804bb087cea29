/** The end of a guest's runner: what it says of it is kept, and it is told that it need not wait any longer. */
import { guestOf, type GuestSeen } from "../view.ts";
import { type Facts, open, type Step } from "./step.ts";

/** The step that a guest's last words ask for. They free nothing and stop nothing: a guest may say anything. */
export function sayBye(
  { v, cycle }: Facts,
  guest: GuestSeen | undefined = guestOf(v, cycle),
): Step | undefined {
  if (guest === undefined || cycle.runner === undefined || guest.use !== cycle.runner.use) return undefined;
  if (guest.phase !== "done" && guest.phase !== "failed") return undefined;
  if (cycle.exit?.use !== guest.use) return { step: "exited", guest };
  return cycle.exit.bye ? undefined : open("guest.bye");
}
