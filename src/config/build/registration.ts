/**
 * Pools whose guests register their runner by themselves, as images of hyperv-runner-pool do: what that needs, what it
 * means, and what does not reach such a guest, which is given `runner-config.json` and nothing else.
 */
import { isLoopback, parseWebAddress } from "../check/address.ts";
import { formatPath, type KeyPath, type ProblemDetails } from "../file/problem.ts";
import type { DELIVERY, PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** Checks `registration: token`, written at a path, with a pool's delivery and image. */
export function checkToken(
  context: BuildContext,
  path: KeyPath,
  delivery: typeof DELIVERY[number],
  loader: boolean,
): void {
  const { document: { findings } } = context;
  if (findings.wrong(path)) return;
  if (delivery !== "direct" && delivery !== "vhdx") {
    findings.error(path, `a guest without hvpool's loader reads no CD image, and delivery is ${delivery}`, {
      remedy:
        "Write delivery: vhdx where the image looks for C:\\runner-config.json at its start, or delivery: direct where it " +
        "waits for that file; or use an image with hvpool's loader and registration: jit",
    });
    return;
  }
  if (loader) {
    findings.error(path, "token is for images without hvpool's loader, and loader is true", {
      remedy: "Remove registration: the loader takes a just-in-time configuration, which is safer",
    });
    return;
  }
  warnOnce(
    context,
    path,
    "for an hour, whoever reads the token in a machine, such as a job, can register runners of its own with it, and with " +
      "whatever labels it wants; and which runner program runs is up to the image",
    {
      remedy:
        "Where you can, use an image with hvpool's loader and registration: jit, which is for one runner; " +
        "docs/guest-protocol.md says how",
    },
  );
  warnOfServer(context, path);
}

/** `runner-config.json` names no server: it is written into the script of the image. */
function warnOfServer(context: BuildContext, path: KeyPath): void {
  const parsed = parseWebAddress(given(context.values.github?.api_url) ?? "https://api.github.com");
  if ("message" in parsed || parsed.url.hostname === "api.github.com" || isLoopback(parsed.url.host)) return;
  warnOnce(
    context,
    path,
    `images of hyperv-runner-pool register at https://github.com, and the token is of ${parsed.url.host}`,
    { remedy: "Check that the start-up script of your image names the right server" },
  );
}

/** Says what of the file does not reach the guests of a pool that register by themselves. */
export function warnOfUnread(context: BuildContext, pool: KeyPath, item: PoolValues): void {
  const { values: { runners = {}, proxy = {}, ca_certificates: certificates = [] } } = context;
  const unread: readonly (readonly [path: KeyPath, written: boolean])[] = [
    [["runners", "user"], runners.user !== undefined],
    [["runners", "program"], runners.program !== undefined],
    [["runners", "env"], Object.keys(runners.env ?? {}).length > 0],
    [["proxy"], given(proxy.url) !== undefined],
    [["ca_certificates"], certificates.length > 0],
    [[...pool, "env"], Object.keys(item.env ?? {}).length > 0],
    [[...pool, "work_folder"], given(item.work_folder) !== undefined && item.work_folder !== "_work"],
  ];
  for (const [path, written] of unread) {
    if (!written) continue;
    warnOnce(
      context,
      path,
      `guests with registration: token configure their runner by themselves: ${
        formatPath(path)
      } reaches none of them`,
      { remedy: "Have it in the image, or use an image with hvpool's loader" },
    );
  }
  if ((item.default_labels ?? runners.default_labels) !== false) return;
  warnOnce(
    context,
    item.default_labels === undefined ? ["runners", "default_labels"] : [...pool, "default_labels"],
    "a runner that registers by itself has self-hosted, Windows and X64 all the same",
    { remedy: "Do not count on their absence, or use an image with hvpool's loader" },
  );
}

/** What several pools inherit is said once. */
function warnOnce(context: BuildContext, path: KeyPath, message: string, details: ProblemDetails = {}): void {
  const { findings } = context.document;
  const where = formatPath(path);
  if (findings.warnings.some((warning) => warning.path === where && warning.message === message)) return;
  findings.warn(path, message, details);
}
