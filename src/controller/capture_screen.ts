/** The last picture of a machine's screen, as PNG. */
import type { VmId } from "../model/ids.ts";
import type { HostPort } from "../ports/host.ts";
import { CaptureError, readCapture } from "../screen/capture.ts";
import { encodePng } from "../screen/png.ts";

/** Enough to read what a blue or black screen says. */
const MAX_WIDTH = 1_280;

/** Nothing where there is no picture: off, too early, or a host that does not answer. */
export async function captureScreen(host: HostPort, vmId: VmId): Promise<Uint8Array | undefined> {
  const size = await host.call("display.size", { vmId });
  if (size.outcome !== "ok" || size.value.width === 0 || size.value.height === 0) return undefined;
  const scale = Math.min(1, MAX_WIDTH / size.value.width);
  const width = Math.max(1, Math.floor(size.value.width * scale));
  const height = Math.max(1, Math.floor(size.value.height * scale));
  const answer = await host.call("display.capture", { vmId, width, height });
  if (answer.outcome !== "ok") return undefined;
  try {
    return encodePng(readCapture(answer.value));
  } catch (error) {
    // A damaged picture is no evidence, and no reason to keep a machine.
    if (error instanceof CaptureError) return undefined;
    throw error;
  }
}
