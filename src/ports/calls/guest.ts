/** Calls that reach into a guest: key-value exchange and PowerShell Direct. */
import { z } from "zod";
import { base64, guestAccount, guestPath, guid, nothing, text } from "./shapes.ts";
import { call, READS } from "./spec.ts";

const items = z.record(z.string(), z.string());
/** Windows PowerShell reads requests of about two million characters at most. */
const CHUNK_BYTES = 1_048_576;
const BASE64_OF_CHUNK = Math.ceil(CHUNK_BYTES / 3) * 4;
const key = z.string().regex(/^[\x20-\x7e]{1,250}$/, "printable ASCII, at most 250 characters");

/** The longest that a probe is waited for. */
export const PROBE_LIMIT_MS = 3_000;

/** `kvp.*` and `guest.*`. */
export const GUEST = {
  "kvp.read": call({
    args: z.strictObject({ vmIds: z.array(guid).max(1000) }),
    result: z.strictObject({
      vms: z.array(z.strictObject({
        vmId: guid,
        items: items.describe("What programs in the guest wrote."),
        intrinsic: items.optional().describe(
          "What its integration service says, such as `NetworkAddressIPv4`.",
        ),
      })).describe("A VM that is off, gone or silent is left out."),
    }),
    ...READS,
    about: "What guests say of themselves (key-value exchange): hints from a writer who may be hostile.",
  }),
  "kvp.push": call({
    args: z.strictObject({
      vmId: guid,
      items: z.record(key, text.max(990)).refine((all) => Object.keys(all).length <= 128, "at most 128 items")
        .describe("Added or changed. They stay with the VM's configuration: no secrets."),
      remove: z.array(key).max(128).optional().describe(
        "Keys that are taken away; missing ones are no error.",
      ),
    }),
    result: nothing,
    lane: "query",
    unknown: "repeat",
    uses: false,
    limitMs: 30_000,
    about: "Tells a running guest something by key-value exchange.",
  }),
  "guest.probe": call({
    args: z.strictObject({
      address: z.ipv4().describe("Where the guest is: nothing else is connected to."),
      tcp: z.int().min(1).max(65_535).optional().describe("A port that takes a connection."),
      http: text.max(2_000).regex(/^https?:\/\/\S+$/i, "an address that begins with http:// or https://")
        .optional()
        .describe(
          "An address that answers with a status below 500. It is asked at the guest, whatever host stands in it; " +
            "`{address}` is the guest's. No redirect is followed, and no certificate is looked at.",
        ),
    }).refine(({ tcp, http }) => (tcp === undefined) !== (http === undefined), "either tcp or http"),
    result: z.strictObject({
      ready: z.boolean(),
      message: z.string().describe("What came of it, for people."),
    }),
    ...READS,
    limitMs: 10_000,
    about:
      "Whether a guest does over the network what it is there for. It takes 3 s at most; no answer is one, too.",
  }),
  "guest.exec": call({
    args: z.strictObject({
      ...guestAccount,
      program: text.min(1).max(259).describe("A path in the guest, or a name that its PATH finds."),
      arguments: z.array(text.max(16_384)).max(1_000).describe("Each one arrives as one argument."),
      directory: guestPath.optional().describe("Where it runs; left out: the account's profile."),
      environment: z.record(text.min(1).max(250).regex(/^[^=]+$/), text.max(16_384)).optional(),
      input: text.max(262_144).optional().describe("Its standard input; left out: empty."),
      timeoutMs: z.int().min(100).max(86_400_000).describe("After this long it is ended in the guest."),
      maxOutput: z.int().min(0).max(4_194_304).describe("Characters kept of each output: the first ones."),
    }),
    result: z.strictObject({
      exitCode: z.int().nullable().describe("null when it was ended after `timeoutMs`."),
      stdout: z.string(),
      stderr: z.string(),
      truncated: z.boolean(),
    }),
    lane: "guest",
    unknown: "tell-caller",
    uses: true,
    limitMs: 120_000,
    about:
      "Runs a program in the guest by PowerShell Direct, in session 0, and waits for its end. May hang: the engine's limit has to be " +
      "above `timeoutMs`.",
  }),
  "guest.copyIn": call({
    args: z.strictObject({
      ...guestAccount,
      path: guestPath,
      offset: z.int().min(0).describe(
        "Where the piece begins: the file ends after it. 0 makes the file and its folders anew.",
      ),
      data: base64.max(BASE64_OF_CHUNK).describe("At most 1 MiB of bytes."),
    }),
    result: z.strictObject({ size: z.int().min(0).describe("Bytes that the file has now.") }),
    lane: "guest",
    unknown: "repeat",
    uses: true,
    limitMs: 120_000,
    about:
      "Writes a piece of a file in the guest by PowerShell Direct; the same piece again changes nothing.",
  }),
  "guest.copyOut": call({
    args: z.strictObject({
      ...guestAccount,
      path: guestPath,
      offset: z.int().min(0),
      maxBytes: z.int().min(1).max(CHUNK_BYTES),
    }),
    result: z.strictObject({
      data: base64.describe("Empty at the end of the file."),
      size: z.int().min(0).describe("Bytes of the whole file."),
    }),
    lane: "guest",
    unknown: "repeat",
    uses: false,
    limitMs: 120_000,
    about: "Reads a piece of a file in the guest by PowerShell Direct.",
  }),
  "guest.syncTime": call({
    args: z.strictObject(guestAccount),
    result: z.strictObject({
      offMs: z.number().describe("How far the guest's clock was behind the host's; negative: ahead."),
    }),
    lane: "guest",
    unknown: "repeat",
    uses: false,
    limitMs: 60_000,
    about: "Sets the guest's clock to the host's by PowerShell Direct: a resumed guest lives in the past.",
  }),
} as const;
