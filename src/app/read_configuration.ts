/** Reads the configuration with everything that it names: secrets and certificates. */
import { readCertificates } from "../config/certificates.ts";
import type { Config } from "../config/config.ts";
import type { ReadVariable } from "../config/defaults.ts";
import { formatProblem } from "../config/file/problem.ts";
import { readConfigFile } from "../config/file/read.ts";
import { loadConfig } from "../config/load.ts";
import { resolveSecrets, type Secrets } from "../config/secrets.ts";
import { checkPrivateKey } from "../github/key.ts";

/** What a run is made with. */
export interface Configuration {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Certificates that guests and hvpool are to trust: DER, as base64. */
  readonly certificates: readonly string[];
  /** One line each. */
  readonly warnings: readonly string[];
}

/** Reads a file. Whatever is wrong is answered, all of it, one line each, with its place in the file. */
export async function readConfiguration(
  configFile: string,
  env: ReadVariable,
): Promise<{ readonly read: Configuration } | { readonly problems: readonly string[] }> {
  const file = await readConfigFile(configFile);
  if ("problem" in file) return { problems: [formatProblem(file.problem)] };
  const { config, problems, warnings } = loadConfig(file.read);
  if (config === undefined) return { problems: problems.map(formatProblem) };
  const fetched = await resolveSecrets(config, { env, checkKey: checkPrivateKey });
  const read = await readCertificates(config);
  const { secrets } = fetched;
  if (secrets === undefined || read.problems.length > 0) {
    return { problems: [...fetched.problems, ...read.problems].map(formatProblem) };
  }
  return {
    read: { config, secrets, certificates: read.certificates, warnings: warnings.map(formatProblem) },
  };
}
