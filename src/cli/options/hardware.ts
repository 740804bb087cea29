/** Options for a template's hardware and what is in it. */
import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { RegisterTemplateRequest } from "../../client/mod.ts";
import { memoryValue } from "./size.ts";
import { wholeNumber } from "./values.ts";

/** Hardware and more of a template, as the API takes it. */
export type Hardware = Omit<RegisterTemplateRequest, "name" | "path" | "replace">;

const SECURE_BOOT = {
  off: "off",
  windows: "MicrosoftWindows",
  "uefi-ca": "MicrosoftUEFICertificateAuthority",
} as const;

/** What commander makes of the options. */
interface HardwareValues {
  readonly memory?: number;
  readonly cpus?: number;
  readonly secureBoot?: keyof typeof SECURE_BOOT;
  readonly tpm?: boolean;
  readonly nested?: boolean;
  readonly gpu?: boolean;
  readonly gpuName?: string;
  readonly gpuVramMin?: number;
  readonly gpuVramOptimal?: number;
  readonly gpuVramMax?: number;
  readonly software?: Readonly<Record<string, string>>;
  readonly credentials?: string;
  readonly probe?: NonNullable<Hardware["probe"]>;
}

/** Adds the options to a command; {@linkcode hardwareOf} reads them. */
export function addHardwareOptions(command: CommandUnknownOpts): void {
  const options = [
    new Option("--memory <size>", "memory of a machine: 8192 (MB), 8GB (default: 4GB)").argParser(
      memoryValue,
    ),
    new Option("--cpus <count>", "virtual processors (default: 2)").argParser(wholeNumber(1, 2048)),
    new Option("--secure-boot <which>", "secure boot (default: windows)").choices(Object.keys(SECURE_BOOT)),
    new Option("--tpm", "with a virtual TPM"),
    new Option("--nested", "machines may run Hyper-V themselves"),
    new Option("--gpu", "with a GPU partition: such machines can be neither saved nor checkpointed"),
    new Option("--gpu-name <path>", "with --gpu: which one, as Get-VMHostPartitionableGpu names it"),
    new Option(
      "--gpu-vram-min <units>",
      "with --gpu: least video memory, in the host's units: mostly the whole card is 1000000000",
    ).argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    new Option("--gpu-vram-optimal <units>", "with --gpu: video memory that it is to have").argParser(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ),
    new Option("--gpu-vram-max <units>", "with --gpu: most video memory").argParser(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ),
    new Option("--software <name=version>", "what is installed; may be given again").argParser(softwareValue),
    new Option("--credentials <name>", "the account in its guests: an entry of guest_accounts"),
    new Option("--probe <what>", "when a machine counts as ready: tcp:3389 or http:URL").argParser(
      probeValue,
    ),
  ];
  for (const option of options) command.addOption(option);
}

/** What was given. */
export function hardwareOf(command: CommandUnknownOpts): Hardware {
  const values = command.opts() as HardwareValues;
  const { memory, cpus, secureBoot, tpm, nested, gpu, software, credentials, probe } = values;
  const gpuPartition = partitionOf(values);
  return {
    ...(memory === undefined ? {} : { memoryMb: memory }),
    ...(cpus === undefined ? {} : { processors: cpus }),
    ...(secureBoot === undefined ? {} : { secureBoot: SECURE_BOOT[secureBoot] }),
    ...(tpm === undefined ? {} : { tpm }),
    ...(nested === undefined ? {} : { nested }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(Object.keys(gpuPartition).length === 0 ? {} : { gpuPartition }),
    ...(software === undefined ? {} : { software }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(probe === undefined ? {} : { probe }),
  };
}

function partitionOf(
  { gpuName, gpuVramMin, gpuVramOptimal, gpuVramMax }: HardwareValues,
): NonNullable<Hardware["gpuPartition"]> {
  return {
    ...(gpuName === undefined ? {} : { gpu: gpuName }),
    ...(gpuVramMin === undefined ? {} : { minVram: gpuVramMin }),
    ...(gpuVramOptimal === undefined ? {} : { optimalVram: gpuVramOptimal }),
    ...(gpuVramMax === undefined ? {} : { maxVram: gpuVramMax }),
  };
}

function softwareValue(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name, version] = /^([^=]{1,100})=(.{1,100})$/.exec(text) ?? [];
  if (name === undefined || version === undefined) {
    throw new InvalidArgumentError("Expected NAME=VERSION, such as chrome=140.0.");
  }
  return { ...before, [name.trim()]: version.trim() };
}

function probeValue(text: string): NonNullable<Hardware["probe"]> {
  const port = /^tcp:(\d{1,5})$/i.exec(text)?.[1];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return { tcp: Number(port) };
  const url = /^https?:\/\//i.test(text) ? text : /^http:(https?:\/\/.*)$/i.exec(text)?.[1];
  if (url !== undefined && URL.canParse(url)) return { http: url };
  throw new InvalidArgumentError(
    "Expected tcp:PORT such as tcp:3389, or http:URL such as http:http://localhost:8080/.",
  );
}
