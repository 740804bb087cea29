/** Settings of the program itself: mode, logs, API, journal, data directory, engine, lanes. */
import { LANES } from "../../model/calls.ts";
import { DEFAULT_LANES, DEFAULT_RESERVE_PERCENT, type Settings } from "../../model/settings.ts";
import { parseListen, parseWebAddress } from "../check/address.ts";
import { resolveLocalPath } from "../check/paths.ts";
import type { Config, Mode } from "../config.ts";
import { DEFAULT_LISTEN } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";
import { localFolder } from "./local_folder.ts";
import { given } from "./recorder.ts";

/** Builds `debug:`: what takes the place of Hyper-V and GitHub. */
export function buildMode(context: BuildContext): Mode {
  const { document: { findings }, values: { debug = {} }, recorder } = context;
  const path: KeyPath = ["debug", "simulator"];
  const mock = recorder.choose([[["debug", "use_mock"], debug.use_mock]], false).value;
  const address = given(debug.simulator);
  if (address === undefined) {
    recorder.choose([[path, undefined]], undefined);
    // With a mode that is written wrongly nobody knows what else is needed: the least is asked for.
    return mock || findings.wrong(["debug", "use_mock"]) || findings.wrong(path)
      ? { kind: "mock" }
      : { kind: "host" };
  }
  if (mock) {
    findings.error(path, "use_mock and simulator are both given", {
      remedy: "Keep use_mock for a simulator inside the program, or simulator for one that runs by itself",
    });
    return { kind: "mock" };
  }
  const parsed = parseWebAddress(address);
  if ("message" in parsed) {
    findings.error(path, parsed.message, {
      ...parsed,
      expected: "the address that hvpool simulator prints as listen",
    });
    return { kind: "mock" };
  }
  recorder.choose([[path, parsed.text]], parsed.text);
  return { kind: "simulator", address: parsed.text };
}

/** Builds `logging:`, and `debug.log_level` and `debug.log_format` as it was called before. */
export function buildLogging(context: BuildContext): Config["logging"] {
  const { document: { findings, locate }, values: { logging = {}, debug = {} }, recorder } = context;
  for (const [older, name] of [["log_level", "level"], ["log_format", "format"]] as const) {
    const before = debug[older];
    const today = logging[name];
    if (before === undefined) continue;
    if (today !== undefined && today !== before) {
      findings.error(
        ["debug", older],
        `says ${before} where logging.${name} on line ${locate(["logging", name]).line} says ${today}`,
        {
          remedy: "Keep logging." + name,
        },
      );
    } else findings.warn(["debug", older], "is an older name", { suggestion: `logging.${name}` });
  }
  const level = recorder.choose([[["logging", "level"], logging.level], [
    ["debug", "log_level"],
    debug.log_level,
  ]], "info");
  const format = recorder.choose([[["logging", "format"], logging.format], [
    ["debug", "log_format"],
    debug.log_format,
  ]], "text");
  return {
    level: level.value,
    format: format.value,
    directory: localFolder(context, ["logging", "directory"], given(logging.directory)),
  };
}

/** Builds `api.listen`. */
export function buildApi(context: BuildContext): Config["api"] {
  const { document: { findings }, values: { api = {} }, recorder } = context;
  const listen = recorder.choose([[["api", "listen"], given(api.listen)]], DEFAULT_LISTEN);
  const parsed = parseListen(listen.value);
  if (!("message" in parsed)) return parsed;
  findings.error(listen.path, parsed.message, parsed);
  return { host: "127.0.0.1", port: 7420 };
}

/** Builds `journal:`. */
export function buildJournal(context: BuildContext): Config["journal"] {
  const { values: { journal = {} }, recorder } = context;
  return {
    keepDays: recorder.choose([[["journal", "keep_days"], journal.keep_days]], 30).value,
    keepJobsDays: recorder.choose([[["journal", "keep_jobs_days"], journal.keep_jobs_days]], 90).value,
  };
}

/** Builds `data_dir`; `undefined` when the system's place is to be used. */
export function buildDataDir(context: BuildContext): string | undefined {
  const path: KeyPath = ["data_dir"];
  const folder = localFolder(context, path, given(context.values.data_dir));
  // SQLite's locks do not hold on network shares.
  if (folder === undefined || !/^[\\/]{2}/.test(folder)) return folder;
  context.document.findings.error(path, "lies on a network share, where the journal would be damaged", {
    expected: "a folder on a local disk",
  });
  return undefined;
}

/** Builds `hyperv.powershell` and `hyperv.scripts`. A name without a folder is looked up in PATH. */
export function buildEngine(context: BuildContext): Config["engine"] {
  const { document: { findings }, values: { hyperv = {} }, recorder, folder, platform } = context;
  const path: KeyPath = ["hyperv", "powershell"];
  const written = given(hyperv.powershell);
  let powershell = written;
  if (written !== undefined && /[\\/:]/.test(written)) {
    const resolved = resolveLocalPath(written, folder, platform);
    if ("message" in resolved) findings.error(path, resolved.message, resolved);
    else powershell = resolved.path;
  }
  recorder.choose([[path, powershell]], undefined, { note: "Windows PowerShell 5.1" });
  const { value: scripts } = recorder.choose([[["hyperv", "scripts"], hyperv.scripts]], "memory" as const);
  return { powershell, scripts };
}

/** Builds `hyperv.lanes`. */
export function buildLanes(context: BuildContext): Settings["lanes"] {
  const { values: { hyperv = {} }, recorder } = context;
  const lanes = { ...DEFAULT_LANES };
  for (const lane of LANES) {
    lanes[lane] =
      recorder.choose([[["hyperv", "lanes", lane], hyperv.lanes?.[lane]]], DEFAULT_LANES[lane]).value;
  }
  return lanes;
}

/** Memory of the host that machines of agent pools leave alone. */
export function buildReserve(
  { values: { hyperv = {} }, recorder }: BuildContext,
): Pick<Settings, "reservePercent"> {
  const path = ["hyperv", "memory_reserve_percent"];
  const { value, written } = recorder.choose(
    [[path, hyperv.memory_reserve_percent]],
    DEFAULT_RESERVE_PERCENT,
  );
  return written ? { reservePercent: value } : {};
}
