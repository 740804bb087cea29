/**
 * The programs behind the commands. `app` puts them together; here is only what a command says to them, so that
 * commands which do not need them do not load them.
 */
import type { EventsPage, EventsQuery } from "../client/mod.ts";
import type { Output } from "./output.ts";
import type { Signals } from "./signals.ts";

/** `hvpool run` */
export interface DaemonOptions {
  /** As it was given; relative to the working directory. */
  readonly configFile: string;
  /** Stands above the configuration's `data_dir`. */
  readonly dataDir?: string;
  readonly version: string;
  readonly output: Output;
  readonly signals: Signals;
}

/** `hvpool simulator` */
export interface SimulatorOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly seed?: number;
  /** Host and guest latencies are divided by this. */
  readonly speed?: number;
  /** Milliseconds by call; they replace the built-in ones. Names are not checked yet. */
  readonly latencies: Readonly<Record<string, number>>;
  readonly output: Output;
  readonly signals: Signals;
}

/** `hvpool dev` */
export interface DevOptions {
  /** No new job after this long; runs until it is stopped when absent. */
  readonly forMs?: number;
  /** End with one JSON object as the last line on stdout, without a live view. */
  readonly json: boolean;
  readonly version: string;
  readonly output: Output;
  readonly signals: Signals;
}

/** `hvpool pool delete` while no hvpool runs. */
export interface StoppedPoolDeletion {
  readonly dataDir: string;
  /** Name of a pool that was made at run time. */
  readonly pool: string;
  /** Its leases end first; without it they keep the pool. */
  readonly force: boolean;
  /** Through what it is asked; goes into the journal, as the other two. */
  readonly source: string;
  /** Who asks. */
  readonly actor?: string;
  /** Why, for whoever reads it later. */
  readonly reason?: string;
}

/** Why it is not deleted. */
export interface DeletionRefused {
  readonly ok: false;
  readonly message: string;
}

/** `hvpool bridge call` */
export interface BridgeCallOptions {
  /** Not checked yet. */
  readonly name: string;
  /** Not checked yet. */
  readonly args: unknown;
  /** Another engine than Windows PowerShell. */
  readonly powershell?: string;
  readonly output: Output;
}

/** One call to the Hyper-V host. */
export interface BridgeCallRow {
  readonly name: string;
  /** JSON schema. */
  readonly args: unknown;
  /** JSON schema. */
  readonly result: unknown;
  readonly lane: string;
  /** What an answer that never came means. */
  readonly unknown: string;
  /** Whether a job may have seen the machine from then on. */
  readonly uses: boolean;
  readonly limitMs: number;
  /** One sentence. */
  readonly about: string;
}

/** The journal of a data directory with nothing running, read only. */
export interface JournalEvents {
  /** As the API's `GET /v1/events`. */
  events(query: EventsQuery): EventsPage;
  close(): void;
}

/** `hvpool doctor` */
export interface DoctorOptions {
  readonly configFile: string;
  /** Stands above the configuration's `data_dir`. */
  readonly dataDir?: string;
  /** One JSON object instead of lines. */
  readonly json: boolean;
  /** Ids of checks, or their parts before the colon; all when absent. Not checked yet. */
  readonly only?: readonly string[];
  /** Makes a machine instead of looking only. */
  readonly live?: {
    readonly rounds: number;
    /** Name of a template, or path of its disk, whose guest is to start. */
    readonly template?: string;
    /** Where the report goes. */
    readonly report: string;
  };
  readonly version: string;
  readonly output: Output;
  readonly signals: Signals;
}

/** `hvpool migrate` */
export interface MigrateOptions {
  readonly configFile: string;
  /** Stands above the configuration's `data_dir`. */
  readonly dataDir?: string;
  /** `ask`: neither of the two was given. */
  readonly mode: "dry-run" | "yes" | "ask";
  /** One JSON object instead of lines. */
  readonly json: boolean;
  readonly version: string;
  readonly output: Output;
  readonly signals: Signals;
}

/** `hvpool network` */
export interface NetworkOptions {
  readonly action: "create" | "show" | "remove";
  /** Of the switch, and of its NAT. */
  readonly name: string;
  /** Of `create`, in the form of a network: `192.168.240.0/24`. */
  readonly subnet?: string;
  /** Does not ask. */
  readonly yes: boolean;
  /** One JSON object instead of lines. */
  readonly json: boolean;
  /** Says which host; absent: this machine. */
  readonly configFile?: string;
  /** Stands above the configuration's `data_dir`. */
  readonly dataDir?: string;
  readonly version: string;
  /** Asks the person at the terminal; absent without one. */
  readonly ask?: (question: string) => boolean;
  readonly output: Output;
}

/** `hvpool vm console` */
export interface ConsoleOptions {
  /** The Hyper-V host, seen from here. */
  readonly host: string;
  readonly vmId: string;
}

/** `hvpool support bundle` */
export interface SupportOptions {
  /** Absent: there is none. */
  readonly configFile?: string;
  /** Stands above the configuration's `data_dir`. */
  readonly dataDir?: string;
  /** Where the archive goes; a file that is there stays as it is. */
  readonly file: string;
  /** ISO 8601; absent: no events. */
  readonly eventsSince?: string;
  /** Pictures of screens, too. */
  readonly screens: boolean;
  /** Names stay what they are. */
  readonly names: boolean;
  /** One JSON object instead of lines. */
  readonly json: boolean;
  readonly version: string;
  readonly output: Output;
  readonly signals: Signals;
}

/** What `app` offers. Programs answer with an exit code. */
export interface Programs {
  runDaemon(options: DaemonOptions): Promise<number>;
  runSimulator(options: SimulatorOptions): Promise<number>;
  runDev(options: DevOptions): Promise<number>;
  runBridgeCall(options: BridgeCallOptions): Promise<number>;
  runDoctor(options: DoctorOptions): Promise<number>;
  runMigrate(options: MigrateOptions): Promise<number>;
  runSupport(options: SupportOptions): Promise<number>;
  runNetwork(options: NetworkOptions): Promise<number>;
  /** Opens a machine's screen; `false`: this system has nothing for it. Throws where it should have, and has not. */
  openConsole(options: ConsoleOptions): Promise<boolean>;
  bridgeCalls(): Promise<readonly BridgeCallRow[]>;
  /** `undefined` when the directory has no journal. */
  deletePoolStopped(
    options: StoppedPoolDeletion,
  ): Promise<{ readonly ok: true } | DeletionRefused | undefined>;
  /** `undefined` when the directory has no journal. */
  openJournal(dataDir: string): Promise<JournalEvents | undefined>;
}
