/** What is ambient comes in through these ports, so that the whole engine runs under a simulated clock and seeded chance. */

/** Instants are milliseconds since 1970 UTC. */
export interface Clock {
  now(): number;
  /** Calls back once after `delayMs`; the function that is returned cancels it. Does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** A number in [0, 1). */
export type Chance = () => number;

/** Globally unique, never reused: 128 random bits as text. */
export type NewUid = () => string;

export interface Ambient {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly newUid: NewUid;
}

/** An engine whose lock is held lives; one whose lock is free, or whose lock file is gone, is dead. */
export type EngineState = "alive" | "dead";

/** The lock that this engine holds for as long as it lives. */
export interface EngineLock {
  /** Name of the file in the folder of locks: what the engine's row keeps. */
  readonly name: string;
  readonly path: string;
  /** False when the file was replaced or removed: others then take this engine for dead, and it has to stop. */
  isIntact(): boolean;
  /** Lets go of the lock; the file stays until its row has ended. May be called twice. */
  release(): void;
}

/** The locks of all engines of one database. */
export interface EngineLocks {
  acquire(uid: string): EngineLock;
  probe(name: string): EngineState;
  /** Path of the lock of some engine that lives. */
  findLive(): string | undefined;
  list(): readonly string[];
  /** Only after the engine's row is lost or ended. */
  remove(name: string): void;
}

/** Calls a hint whenever the file may have changed. Twice started or stopped does no harm. */
export interface WakeSource {
  start(): void;
  stop(): void;
}
