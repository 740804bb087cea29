/** How long calls and guests take. */
import type { Ms } from "../model/ids.ts";
import type { HostCall } from "../ports/host.ts";
import { GUEST_TIMES, type GuestTimes } from "./guest_surroundings.ts";
import type { Random } from "./random.ts";

/** Set by hand: a call, `default` for every call not named, `guest.<step>`. Exact: without jitter. */
export type LatencyOverrides = Readonly<
  Partial<Record<HostCall | "default" | `guest.${keyof GuestTimes}`, Ms>>
>;

/** Typical times of a warm worker. Sources: the probes collected in the Hyper-V fact sheet. */
const CALLS: Readonly<Record<HostCall, Ms>> = {
  "bridge.ping": 2,
  "host.info": 300,
  "service.info": 120,
  "vm.list": 60,
  "vm.inspect": 80,
  "disk.info": 60,
  "disk.protect": 20,
  "disk.link": 30,
  "disk.createChild": 150,
  "vm.create": 1_800,
  "vm.start": 350,
  "vm.save": 1_500,
  "vm.stop": 400,
  "vm.turnOff": 150,
  "vm.pause": 80,
  "vm.resume": 80,
  "vm.remove": 200,
  "vm.set": 250,
  "nic.reconnect": 150,
  "net.isolate": 200,
  "gpu.add": 300,
  "switch.info": 600,
  "switch.create": 4_000,
  "switch.remove": 1_500,
  "disk.remove": 40,
  "disk.inject": 2_500,
  "checkpoint.create": 1_800,
  "checkpoint.list": 60,
  "checkpoint.restore": 900,
  "checkpoint.remove": 300,
  "savedState.remove": 120,
  "dvd.set": 150,
  "dvd.eject": 120,
  "media.put": 250,
  "media.take": 150,
  "kvp.read": 40,
  "kvp.push": 30,
  "guest.probe": 20,
  "guest.exec": 2_000,
  "guest.copyIn": 2_200,
  "guest.copyOut": 2_200,
  "guest.syncTime": 1_800,
  "display.size": 10,
  "display.capture": 60,
  "display.type": 20,
  "display.keys": 15,
  "display.scancodes": 15,
  "display.mouse": 15,
  "disk.readFiles": 2_200,
  // To which `plays/file.ts` adds the time that the bytes take.
  "file.copy": 30,
  "file.read": 5,
  "file.write": 10,
  "file.rename": 10,
  "file.remove": 10,
  "dir.list": 10,
  "dir.remove": 80,
};

const CALL_JITTER = 0.3;
const GUEST_JITTER = 0.15;

/** Names that {@linkcode LatencyOverrides} knows. */
export const LATENCY_NAMES: readonly string[] = [
  "default",
  ...Object.keys(CALLS),
  ...Object.keys(GUEST_TIMES).map((step) => `guest.${step}`),
];

/** Answers how long the next call or step takes. */
export class Latencies {
  readonly #random: Random;
  readonly #speed: number;
  readonly #overrides: LatencyOverrides;

  constructor(options: { random: Random; speed: number; overrides: LatencyOverrides }) {
    this.#random = options.random;
    this.#speed = options.speed;
    this.#overrides = options.overrides;
  }

  /** A call. */
  call(name: HostCall): Ms {
    const exact = this.#overrides[name] ?? this.#overrides.default;
    return this.scaled(exact ?? this.#random.jitter(CALLS[name], CALL_JITTER));
  }

  /** A step of a guest. What is computed backwards from the time has no jitter. */
  guest(step: keyof GuestTimes): Ms {
    const exact = this.#overrides[`guest.${step}`];
    if (exact !== undefined || step === "beat" || step === "services" || step === "clock") {
      return this.scaled(exact ?? GUEST_TIMES[step]);
    }
    return this.scaled(this.#random.jitter(GUEST_TIMES[step], GUEST_JITTER));
  }

  /** Any other length of time of the host. */
  scaled(ms: Ms): Ms {
    return ms / this.#speed;
  }
}
