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
