/**
 * Runs on Windows (or under wine) and tells on stdout who a Ctrl+C reaches: `{worker, control}`, each `true` when that
 * process lived on. Arguments: the program to start workers with.
 *
 * It starts itself once more with a console of its own, since a console that somebody else holds is not for tests.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { HyperVEngine } from "../../src/hyperv/engine.ts";
import { hostPort } from "../../src/ports/engine.ts";

const [powershell = "", role = "starter"] = Deno.args;
const LIMIT = { limitMs: 30_000 };

/** Presses Ctrl+C in this process's console. Source: GenerateConsoleCtrlEvent in Microsoft's documentation. */
function pressCtrlC(): void {
  const kernel = Deno.dlopen(
    "kernel32.dll",
    { GenerateConsoleCtrlEvent: { parameters: ["u32", "u32"], result: "i32" } } as const,
  );
  const pressed = kernel.symbols.GenerateConsoleCtrlEvent(0, 0);
  kernel.close();
  if (pressed === 0) throw new Error("There is no console to press it in");
}

async function pressAndTell(): Promise<void> {
  Deno.addSignalListener("SIGINT", () => {}); // this process is to live on
  const engine = new HyperVEngine({
    scripts: { bootstrap: "# bootstrap", callWorker: "call", watchWorker: "watch" },
    powershell,
  });
  const host = hostPort(engine);
  const pid = async () => {
    const answer = await host.call("bridge.ping", { echo: "who" }, LIMIT);
    return answer.outcome === "ok" ? answer.value.pid : answer.message;
  };
  const before = await pid();

  // The control: as a worker, but in this process's console.
  const listen = "Deno.addSignalListener('SIGINT', () => Deno.exit(9)); setTimeout(() => {}, 60_000);";
  const control = spawn(Deno.execPath(), ["eval", `${listen} console.log('up')`], {
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: false,
  });
  const ended = new Promise<false>((resolve) => control.on("exit", () => resolve(false)));
  await new Promise((resolve) => control.stdout.once("data", resolve));

  pressCtrlC();
  const late = new Promise<true>((resolve) => setTimeout(() => resolve(true), 5_000));
  const lives = await Promise.race([ended, late]);
  control.kill("SIGKILL");
  const told = { worker: typeof before === "number" && await pid() === before, control: lives };
  await host.close();
  process.stdout.write(`${JSON.stringify(told)}\n`, () => Deno.exit(0));
}

if (role === "starter") {
  const again = ["run", "--quiet", "--no-config", "--no-lock", "-A", import.meta.url, powershell, "inside"];
  const inside = spawn(Deno.execPath(), again, { windowsHide: true, stdio: ["ignore", "pipe", "pipe"] });
  inside.stdout.pipe(process.stdout);
  inside.stderr.pipe(process.stderr);
  inside.on("close", (code) => Deno.exit(code ?? 1));
} else await pressAndTell();
