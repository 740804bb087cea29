/** What guests are told of their runner: account, program, certificates. */
import { parseWebAddress } from "../check/address.ts";
import { resolveLocalPath } from "../check/paths.ts";
import { runnerVersionFault } from "../check/runner_version.ts";
import type { Config } from "../config.ts";
import { formatPath } from "../file/problem.ts";
import type { BuildContext } from "./context.ts";
import { localFolder } from "./local_folder.ts";
import { given } from "./recorder.ts";
import { checkRunnerVersion } from "./runner_version.ts";

/** Where GitHub has its releases. */
const RELEASES = "https://github.com/actions/runner/releases/download";

/** Builds `runners.user`, `.packages`, `.program` and `ca_certificates`, and checks `runners.version`. */
export function buildRunner(context: BuildContext): Config["runner"] {
  const { values: { runners = {} }, recorder } = context;
  const { value: user } = recorder.choose([[["runners", "user"], runners.user]], "admin" as const);
  checkRunnerVersion(context, ["runners", "version"], given(runners.version));
  const packageFolder = localFolder(context, ["runners", "packages"], given(runners.packages), "from GitHub");
  return { user, packageFolder, pinned: buildPinned(context), caCertificates: buildCertificates(context) };
}

function buildPinned(context: BuildContext): Config["runner"]["pinned"] {
  const { document: { findings }, values: { runners: { program = {} } = {} }, recorder } = context;
  const at = (name: string) => ["runners", "program", name];
  const version = given(program.version);
  const sha256 = given(program.sha256);
  const url = given(program.url);
  if (version === undefined && sha256 === undefined && url === undefined) return undefined;
  recorder.choose([[at("version"), version]], undefined);
  recorder.choose([[at("sha256"), sha256]], undefined);
  if (version === undefined) {
    if (!findings.wrong(at("version"))) {
      findings.error(at("version"), "is missing, and without it no runner is pinned", {
        expected: "a version such as 2.338.1",
      });
    }
    return undefined;
  }
  const fault = runnerVersionFault(version);
  if (fault !== undefined) {
    findings.error(at("version"), fault.message, fault);
    return undefined;
  }
  if (sha256 === undefined || !/^[0-9a-f]{64}$/i.test(sha256)) {
    if (findings.wrong(at("sha256"))) return undefined;
    const message = sha256 === undefined
      ? "is missing: a program from the network is run only when its checksum is known"
      : "is not a SHA-256 checksum";
    findings.error(at("sha256"), message, {
      expected: "the 64 hexadecimal digits that the release's page gives for actions-runner-win-x64",
    });
    return undefined;
  }
  const address = recorder.choose(
    [[at("url"), url]],
    `${RELEASES}/v${version}/actions-runner-win-x64-${version}.zip`,
  );
  const parsed = parseWebAddress(address.value);
  if ("message" in parsed) {
    findings.error(address.path, parsed.message, parsed);
    return undefined;
  }
  return { version, url: parsed.text, sha256: sha256.toLowerCase() };
}

function buildCertificates(context: BuildContext): Config["runner"]["caCertificates"] {
  const { document: { findings }, values, recorder, folder, platform } = context;
  const written = values.ca_certificates ?? [];
  const files = written.flatMap((text, i) => {
    const path = ["ca_certificates", i];
    const resolved = resolveLocalPath(text, folder, platform);
    if (!("message" in resolved)) return [{ file: resolved.path, key: formatPath(path) }];
    findings.error(path, resolved.message, resolved);
    return [];
  });
  recorder.choose([[["ca_certificates"], values.ca_certificates && files.map(({ file }) => file)]], []);
  return files;
}
