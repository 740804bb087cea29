/** `hvpool bridge`: one call to Hyper-V by hand, and the list of calls. */
import { z } from "zod";
import type { BridgeCallOptions, BridgeCallRow } from "../cli/programs.ts";
import type { Answer, Lost } from "../ports/engine.ts";
import { HOST_CALLS, type HostCall } from "../ports/host.ts";
import { openEngine } from "./engine.ts";

const OK = 0;
const FAILED = 1;
const BAD_USE = 2;
const TIMED_OUT = 124;

/** Every call with its shapes as JSON schemas. */
export function bridgeCalls(): readonly BridgeCallRow[] {
  return Object.entries(HOST_CALLS).map(([name, spec]) => ({
    name,
    args: z.toJSONSchema(spec.args, { io: "input" }),
    result: z.toJSONSchema(spec.result, { io: "input" }),
    lane: spec.lane,
    unknown: spec.unknown,
    uses: spec.uses,
    limitMs: spec.limitMs,
    about: spec.about,
  }));
}

/** Makes one call and prints the line that answers it. Answers the exit code. */
export async function runBridgeCall({ name, args, powershell, output }: BridgeCallOptions): Promise<number> {
  if (!Object.hasOwn(HOST_CALLS, name)) {
    output.err(`error: There is no call ${name}. hvpool bridge calls lists them.`);
    return BAD_USE;
  }
  const call = name as HostCall;
  const spec = HOST_CALLS[call];
  const checked = spec.args.safeParse(args);
  const answer = checked.success
    ? await ask(call, checked.data, powershell)
    : notSent(call, problemText(checked.error));
  if (answer === undefined) {
    output.err(
      `error: ${call} was not answered within ${spec.limitMs / 1000} s; it may still have its effect.`,
    );
    return TIMED_OUT;
  }
  if ("lost" in answer) {
    output.err(`error: ${answer.lost} It may still have its effect.`);
    return FAILED;
  }
  output.out(JSON.stringify({ id: 1, ...answer }));
  if (!answer.ok) return FAILED;
  const value = spec.result.safeParse(answer.value);
  if (value.success) return OK;
  output.err(`error: The answer to ${call} does not have its shape: ${problemText(value.error)}`);
  return FAILED;
}

async function ask(
  call: HostCall,
  args: unknown,
  powershell: string | undefined,
): Promise<Answer | Lost | undefined> {
  const engine = openEngine({ powershell });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<Answer | Lost | undefined>((resolve) => {
      const giveUp = engine.send(call, args, resolve);
      timer = setTimeout(() => {
        resolve(undefined);
        giveUp();
      }, HOST_CALLS[call].limitMs);
    });
  } finally {
    clearTimeout(timer);
    await engine.close();
  }
}

function notSent(call: HostCall, reason: string): Answer {
  return {
    ok: false,
    error: {
      message: `${call} was not sent: ${reason}`,
      category: "InvalidArgument",
      fqid: `InvalidParameter,${call}`,
      hresult: "",
      command: call,
      target: "",
    },
    ms: 0,
  };
}

function problemText(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`).join("; ");
}
