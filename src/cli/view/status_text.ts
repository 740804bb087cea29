/** The status as people read it. */
import type { StatusAnswer } from "../../client/mod.ts";
import { formatAge, formatLocalTime } from "../options/duration.ts";
import { poolLines } from "./pool_text.ts";
import { painted } from "./state_style.ts";
import { printable } from "./table.ts";
import type { View } from "./view.ts";
import { vmLines } from "./vm_text.ts";

/** Lines: the controller, GitHub, pools and what is to be said of them, VMs. */
export function statusLines(status: StatusAnswer, view: View): string[] {
  const { controller, pools, vms } = status;
  const since = Date.parse(controller.since);
  const lines = [
    `hvpool ${printable(controller.version)}  ${painted(controller.state, view)} since ${
      formatLocalTime(since)
    } ` +
    `(${formatAge(view.now - since)})  controller ${controller.id.slice(0, 8)}`,
    githubLine(status.github, view),
    "",
  ];
  lines.push(...poolLines(pools, view));
  if (vms.length > 0) lines.push("", ...vmLines(vms, view));
  return lines;
}

function githubLine(github: StatusAnswer["github"], view: View): string {
  const parts = [`GitHub  ${painted(github.state, view)}`];
  if (github.why !== undefined) parts.push(printable(github.why));
  if (github.rate !== null) {
    const { remaining, limit, reset } = github.rate;
    parts.push(
      `${remaining} of ${limit} requests left until ${formatLocalTime(Date.parse(reset)).slice(11)}`,
    );
  }
  return parts.join("  ");
}
