import type { MachineResources } from "../core/check-resources.ts";
import type { LoadedCode } from "../core/decision-hash.ts";
import type { Ambient, EngineLocks, WakeSource } from "../core/ports.ts";
import type { SlotClass } from "../core/slot-class.ts";
import type { Runner } from "../runners/runner.ts";
import type { EngineKind } from "../store/engine-rows.ts";
import type { Store } from "../store/open-store.ts";
import type { RunRow } from "../store/run-rows.ts";

/** What an engine is made of. Everything ambient comes in here. */
export interface EngineParts {
  readonly store: Store;
  readonly runner: Runner;
  readonly ambient: Ambient;
  readonly locks: EngineLocks;
  readonly identity: EngineIdentity;
  /** Names its lock, and marks its processes; left out: a new one that its processes do not carry. */
  readonly uid?: string;
  /** Attempts of each class at once. */
  readonly places: Readonly<Record<SlotClass, number>>;
  /** Of how many tasks runs are in memory before what is queued stays so; left out: 500,000. */
  readonly tasksMax?: number;
  /** What its runs share with all others of the file, beside what workflows define. */
  readonly machine?: MachineResources;
  /** Absolute folder of the logs; null: none are kept. */
  readonly logsDir: string | null;
  /** Whether this engine takes up a detached run that is queued. */
  readonly knows: (run: RunRow) => boolean;
  /** The code of a workflow as it is loaded now, for the hash that binds decisions; left out: as the run was started. */
  readonly findCode?: (workflow: string, definitionHash: string) => LoadedCode | undefined;
  /** Makes the source of hints that another process has written; left out: nobody else does. */
  readonly createWakeSource?: (watched: WatchedEngine) => WakeSource;
  /** How often it looks at its own lock and at those of the others; left out: each second. */
  readonly pulseEveryMs?: number;
  /** Ends what a dead engine has left alive, and waits for it: its workers and commands. */
  readonly killSurvivors?: (lockName: string) => Promise<void>;
  /** Called once, when the engine cannot go on: the database is unusable, or its lock was taken from it. */
  readonly onFatal?: (error: Error) => void;
  /** Called once when the disk is found full: nothing is claimed until there is space again, or patience ends. */
  readonly onFullDisk?: (error: Error) => void;
  /** Called after each commit: for live progress. */
  readonly onTurn?: (touchedRuns: readonly number[]) => void;
}

/** What a wake source is told of its engine. */
export interface WatchedEngine {
  readonly onHint: () => void;
  readonly pollEveryMs: () => number;
  readonly countOwnCommits: () => number;
}

export interface EngineIdentity {
  readonly kind: EngineKind;
  readonly pid: number;
  readonly bootId: string;
  readonly host: string;
  readonly version: string;
}

/** While runs are owned the engine looks so often at what others wrote; when idle, less. */
export const POLL_OWNED_MS = 100;
export const POLL_IDLE_MS = 1_000;
/** How often an engine looks at its own lock and at those of the others. */
export const PULSE_MS = 1_000;
