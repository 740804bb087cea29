/** The files that go onto every config drive beside the configuration: what the loader in an image runs. */
import boot from "../../scripts/guest/boot.ps1" with { type: "text" };
import configureRunner from "../../scripts/guest/configure-runner.ps1" with { type: "text" };
import imageManifest from "../../scripts/guest/image-manifest.ps1" with { type: "text" };
import installImage from "../../scripts/guest/install-image.ps1" with { type: "text" };
import installLoader from "../../scripts/guest/install-loader.ps1" with { type: "text" };
import jobHook from "../../scripts/guest/job-hook.ps1" with { type: "text" };
import logon from "../../scripts/guest/logon.cs" with { type: "text" };
import runnerSetup from "../../scripts/guest/runner-setup.ps1" with { type: "text" };

/** Names are those that the scripts know one another by. Without secrets. */
export const GUEST_SCRIPTS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "configure-runner.ps1", text: configureRunner },
  { name: "runner-setup.ps1", text: runnerSetup },
  { name: "job-hook.ps1", text: jobHook },
  { name: "logon.cs", text: logon },
];

/** What brings the loader into an image that has none. The second one installs the first. */
export const LOADER_SCRIPTS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "boot.ps1", text: boot },
  { name: "install-loader.ps1", text: installLoader },
];

/** What makes a template out of the machine that it runs in: the last one runs the others. */
export const IMAGE_SCRIPTS: readonly { readonly name: string; readonly text: string }[] = [
  ...LOADER_SCRIPTS,
  { name: "image-manifest.ps1", text: imageManifest },
  { name: "install-image.ps1", text: installImage },
];
