/** Addresses outside that hvpool and runners need, as this machine reaches them. */
import { type Check, fail, ok, sentence, warn } from "../check.ts";
import type { OutboundFact } from "../facts.ts";

/** `outbound:<host>` */
export function checkOutbound({ host, essential, use, problem }: OutboundFact): Check {
  const id = `outbound:${host}`;
  if (problem === undefined) return ok(id, `Reached from this machine; for ${use}.`);
  const remedy =
    `Allow HTTPS to ${host} in firewall and proxy, from this machine and from the machines of the pools.`;
  const message = `Not reached from this machine, for ${use}: ${sentence(problem)}`;
  return essential ? fail(id, message, remedy) : warn(id, message, remedy);
}

/** `guests`: said so that nobody takes `outbound` for more than it is. */
export function checkGuests(): Check {
  return ok(
    "guests",
    "Whether machines reach these addresses too is not tried here: hvpool doctor --live --template NAME does.",
  );
}
