/** Calls about a VM's adapter, its isolation and its GPU. */
import { z } from "zod";
import { OPERATIONS } from "../../model/calls.ts";
import { guid, nothing, switchName, text } from "./shapes.ts";
import { call } from "./spec.ts";

/** An address, a network such as `10.0.0.0/8`, or any. */
const remote = z.string().regex(/^(any|[0-9A-Fa-f.:]{2,45}(\/\d{1,3})?)$/, "an address, a network or `any`");
const port = z.string().regex(/^(any|\d{1,5}(-\d{1,5})?)$/, "a port, a range or `any`");

/** Video memory in the units of the GPU's own `vram.total`. */
const vram = z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

/** `nic.*`, `net.*`, `gpu.*`. */
export const DEVICE = {
  "nic.reconnect": call({
    args: z.strictObject({ vmId: guid, switchName }),
    result: z.strictObject({ switchId: guid, switchName: z.string() }),
    ...OPERATIONS["nic.reconnect"],
    about:
      "Connects the VM's adapter to a switch, also to the one that it is on: the guest sees its cable pulled and asks DHCP anew.",
  }),
  "net.isolate": call({
    args: z.strictObject({
      vmId: guid,
      guard: z.boolean().describe(
        "Whether the VM is kept from answering DHCP and advertising itself as a router.",
      ),
      rules: z.array(z.strictObject({
        direction: z.enum(["inbound", "outbound"]),
        action: z.enum(["allow", "deny"]),
        remote,
        protocol: z.enum(["any", "tcp", "udp", "icmp"]),
        localPort: port,
        remotePort: port,
        weight: z.int().min(1).max(65_535).describe(
          "The highest that matches decides; unique in its direction.",
        ),
        stateful: z.boolean().describe("Whether answers to what is allowed come back by themselves."),
      })).max(200),
    }),
    result: z.strictObject({ rules: z.int().min(0).describe("How many rules there are now.") }),
    ...OPERATIONS["net.isolate"],
    about:
      "Replaces the extended port rules of the VM's adapters, sets the guards and forbids other MAC addresses; no rules: none are left.",
  }),
  "gpu.add": call({
    args: z.strictObject({
      vmId: guid,
      gpu: text.min(1).max(400).optional().describe("Instance path; left out: Windows chooses."),
      minVram: vram.describe(
        "`MinPartitionVRAM`, in the units of the GPU's `vram.total` (`host.info`): no bytes; left out: the host's own.",
      ),
      optimalVram: vram.describe("`OptimalPartitionVRAM`, alike; not below `minVram`."),
      maxVram: vram.describe("`MaxPartitionVRAM`, alike; not below `optimalVram`."),
      lowMmioMb: z.int().min(128).max(3_072).optional().describe("Left out: 1024."),
      highMmioMb: z.int().min(128).max(1_048_576).optional().describe("Left out: 32768."),
    }),
    result: nothing,
    ...OPERATIONS["gpu.add"],
    about:
      "Gives an off VM one GPU partition and the address space it needs; a VM that has one keeps it as it is.",
  }),
} as const;
