/** Calls about the engine and the host as a whole. */
import { z } from "zod";
import { guid, nothing, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

/** `bridge.*`, `host.*` and `service.*`. */
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
          vram: z.strictObject({
            total: z.number().min(0).describe(
              "The whole card in units of its own: normalised, mostly 1000000000, and no bytes.",
            ),
            available: z.number().min(0),
            min: z.number().min(0).describe("The least that a partition can have."),
            max: z.number().min(0).describe("The most that a partition can have."),
          }).optional().describe("Video memory; left out where the host does not tell."),
        })),
      }),
    }),
    ...READS,
    about:
      "The host: its boot, memory, processors, volumes, switches, GPUs that can be partitioned, service state and our rights.",
  }),
  "service.info": call({
    args: z.strictObject({
      name: z.string().regex(
        /^[A-Za-z0-9._-]{1,100}$/,
        "a service's name of letters, digits, dots and dashes",
      )
        .describe("Not its display name, which is localized."),
    }),
    result: z.strictObject({
      state: z.enum(["running", "stopped", "missing"]).describe(
        "`stopped` only when it is wholly so: one that starts, stops or pauses is `running`.",
      ),
      path: z.string().describe("Its command line; empty when it is missing."),
      start: z.enum(["automatic", "manual", "disabled"]).nullable().describe("Null when it is missing."),
      processes: z.array(z.int()).describe(
        "Ids of all processes of a program `<name>.exe`, whoever started them.",
      ),
    }),
    ...READS,
    about: "A Windows service, and the processes of the program that is called as it is.",
  }),
} as const;
