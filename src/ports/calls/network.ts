/** Calls about an internal switch with NAT, for hosts without a Default Switch. */
import { z } from "zod";
import { guid, nothing, switchName, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

const address = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}$/, "an IPv4 address");
const subnet = z.string().regex(
  /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
  "an IPv4 network such as 192.168.240.0/24",
);
const prefixLength = z.int().min(8).max(30);
const name = switchName.min(1).describe("Name of the switch.");
const natName = text.min(1).max(256);

/** `switch.*`. */
export const NETWORK = {
  "switch.info": call({
    args: z.strictObject({ name }),
    result: z.strictObject({
      switch: z.strictObject({
        id: guid,
        name: z.string(),
        type: z.enum(["private", "internal", "external"]),
      }).nullable().describe("Null: there is none of this name."),
      vms: z.array(z.string()).describe("Names of the VMs that are connected to it."),
      addresses: z.array(z.strictObject({
        address: z.string(),
        prefixLength: z.int().min(0).max(32),
        own: z.boolean().describe("Whether the host has it on this switch."),
      })).describe("The host's IPv4 addresses, without those of itself alone."),
      nats: z.array(z.strictObject({ name: z.string(), subnet: z.string() })).describe(
        "Every NAT of the host, whoever made it.",
      ),
    }),
    ...READS,
    about:
      "A switch by its name, who is on it, and what must go together with it: the host's addresses and NAT.",
  }),
  "switch.create": call({
    args: z.strictObject({
      name,
      gateway: address.describe("The host's address on the switch."),
      prefixLength,
      nat: z.strictObject({ name: natName, subnet }),
    }),
    result: z.strictObject({
      switchId: guid,
      made: z.array(z.enum(["switch", "address", "nat"])).describe("What was not there before."),
    }),
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 120_000,
    about:
      "Makes an internal switch, the host's address on it and a NAT behind that. What is there with these values stays; what " +
      "is there with others is refused, and so is a second NAT. What fails is taken back.",
  }),
  "switch.remove": call({
    args: z.strictObject({ name, nat: natName.optional().describe("The NAT to remove with it.") }),
    result: nothing,
    lane: "vm",
    unknown: "repeat",
    uses: false,
    limitMs: 120_000,
    about:
      "Removes an internal switch with the host's address on it, and a NAT; what is not there is no error. A switch with VMs " +
      "on it and one that is not internal are refused.",
  }),
} as const;
