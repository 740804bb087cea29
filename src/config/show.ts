/** Prints what a configuration comes to: every value, where it is from, secrets hidden. */
import type { Config, EffectiveValue, Origin } from "./config.ts";
import { RECOVERY_FORMULA, recoveryBound } from "./recovery.ts";

/** How `config show` prints. */
export interface ShowOptions {
  /** One JSON object instead of lines. @default false */
  readonly json?: boolean;
  /** The data directory after the command line and the system had their say. */
  readonly dataDir?: string;
}

/** The effective configuration as text that ends in a line break. Holds no secret. */
export function showConfig(config: Config, options: ShowOptions = {}): string {
  const values = options.dataDir === undefined
    ? config.effective
    : withDataDir(config.effective, options.dataDir);
  const bound = recoveryBound(config.settings.times);
  if (options.json === true) {
    const seconds = (ms: number): number => ms / 1000;
    const recovery = {
      formula: RECOVERY_FORMULA,
      longestPhaseSeconds: seconds(bound.longestPhaseMs),
      longestBackoffSeconds: seconds(bound.longestBackoffMs),
      cycleSeconds: seconds(bound.cycleMs),
      totalSeconds: seconds(bound.totalMs),
    };
    return `${JSON.stringify({ file: config.file, platform: config.platform, values, recovery }, null, 2)}\n`;
  }
  const rows = values.map((entry) => [entry.path, valueText(entry.value), originText(config, entry.origin)]);
  const width = (column: number): number =>
    Math.min(60, Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([path = "", value = "", origin = ""]) =>
    `${path.padEnd(width(0))}  ${value.padEnd(width(1))}  # ${origin}`
  );
  lines.push(
    "",
    `After faults the pool is whole again within ${minutes(bound.totalMs)}: ${RECOVERY_FORMULA}`,
    `(${minutes(bound.longestPhaseMs)} + ${minutes(bound.longestBackoffMs)} + 2 × ${
      minutes(bound.cycleMs)
    }, the most by the deadlines above).`,
  );
  return `${lines.join("\n")}\n`;
}

function withDataDir(values: readonly EffectiveValue[], dataDir: string): EffectiveValue[] {
  return values.map((entry) => entry.path === "data_dir" ? { ...entry, value: dataDir } : entry);
}

function valueText(value: unknown): string {
  if (value === null) return "-";
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}

function originText(config: Config, origin: Origin): string {
  switch (origin.kind) {
    case "file":
      return `${config.file}:${origin.line}:${origin.column} ${origin.key}${
        origin.note === undefined ? "" : `: ${origin.note}`
      }`;
    case "default":
      return origin.note === "" ? "default" : `default: ${origin.note}`;
    case "derived":
      return `derived: ${origin.note}`;
  }
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 6) / 10} min`;
}
