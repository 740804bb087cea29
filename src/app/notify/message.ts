/** What is sent: one body for each kind of receiver. */
import type { NotifyType } from "../../config/notify_keys.ts";
import type { Notice } from "./judge.ts";

/** Who tells. */
export interface Teller {
  /** Name of the machine that hvpool runs on. */
  readonly host: string;
  /** Id of the controller. */
  readonly controller: string;
  readonly version: string;
}

/** The JSON that a receiver with an address gets. */
export function bodyFor(type: Exclude<NotifyType, "eventlog">, notice: Notice, teller: Teller): string {
  switch (type) {
    case "webhook":
      return JSON.stringify(genericBody(notice, teller));
    case "slack":
      return JSON.stringify({ text: escapeForSlack(lineFor(notice, teller)) });
    case "teams":
      return JSON.stringify(teamsBody(notice, teller));
    default:
      return type satisfies never;
  }
}

/** One line for people. */
export function lineFor(notice: Notice, { host }: Teller): string {
  const { event, severity, text, since } = notice;
  const at = new Date(since).toISOString();
  if (event === "cleared") return `hvpool on ${host}, over: ${text} (It began at ${at}.)`;
  return `hvpool on ${host}, ${severity === "error" ? "error" : "warning"}: ${text} (Since ${at}.)`;
}

function genericBody({ event, key, condition, severity, text, since }: Notice, teller: Teller) {
  return { event, key, condition, severity, text, since: new Date(since).toISOString(), ...teller };
}

/** Source: Slack, "Formatting text for app surfaces": these three signs are its markup. */
function escapeForSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** An adaptive card, as a workflow's webhook takes it; the older connectors are gone. Source: Microsoft Learn. */
function teamsBody(notice: Notice, teller: Teller) {
  const { event, severity, text, since } = notice;
  const [title, color] = event === "cleared"
    ? ["over", "Good"]
    : severity === "error"
    ? ["error", "Attention"]
    : ["warning", "Warning"];
  const block = { type: "TextBlock", wrap: true };
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      { ...block, weight: "Bolder", color, text: `hvpool on ${teller.host}: ${title}` },
      { ...block, text },
      { ...block, isSubtle: true, text: `Since ${new Date(since).toISOString()}, hvpool ${teller.version}` },
    ],
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
  };
}
