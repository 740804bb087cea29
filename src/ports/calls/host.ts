/** Calls about the engine and the host as a whole. */
import { z } from "zod";
import { guid, nothing, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

/** `bridge.*` and `host.*`. */
export const HOST = {
  "bridge.ping": call({
    args: z.strictObject({ echo: text.optional().describe("Comes back unchanged; left out: empty.") }),
    result: z.strictObject({
      echo: z.string(),
      engine: z.string().describe("Version of PowerShell, such as `5.1.26100.1`."),
      edition: z.enum(["Desktop", "Core"]),
      languageMode: z.string().describe("`FullLanguage`, or what a policy left of it."),
      pid: z.int(),
      hyperv: z.boolean().describe("Whether the Hyper-V module can be loaded."),
    }),
    ...READS,
    limitMs: 15_000,
    about: "Whether the engine answers at all, which one it is, and that text passes through it unchanged.",
  }),
  "host.info": call({
    args: nothing,
    result: z.strictObject({
      bootId: z.string().describe("Changes with every start of the host."),
      machine: z.string(),
      osBuild: z.string(),
      product: z.enum(["client", "server"]).describe("Only clients make automatic checkpoints."),
      memoryMb: z.number(),
      freeMemoryMb: z.number(),
      processors: z.int().describe("Logical processors."),
      volumes: z.array(z.strictObject({ root: z.string(), sizeMb: z.number(), freeMb: z.number() })),
      hypervisor: z.boolean().describe("Whether a hypervisor runs below Windows."),
      service: z.enum(["running", "stopped", "missing"]).describe("The Virtual Machine Management service."),
      rights: z.enum(["administrator", "hyperv-administrator", "none"]),
      switches: z.array(z.strictObject({
        id: guid,
        name: z.string(),
        isDefault: z.boolean().describe("The Default Switch, known by its id: its name is localized."),
        type: z.enum(["private", "internal", "external"]),
      })),
      gpu: z.strictObject({
        partitioning: z.boolean().describe("Whether the host has the commands for GPU partitions."),
        choose: z.boolean().describe("Whether a VM can be given a partition of a certain GPU."),
        gpus: z.array(z.strictObject({
          name: z.string().describe("Instance path of the GPU, as `gpu.add` takes it."),
          partitions: z.int().describe("Into how many partitions it is divided."),
        })),
      }),
    }),
    ...READS,
    about:
      "The host: its boot, memory, processors, volumes, switches, GPUs that can be partitioned, service state and our rights.",
  }),
} as const;
