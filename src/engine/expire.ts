import type { Choice } from "../core/checkpoint-status.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { queueDecided, recordDecision } from "./record-decision.ts";
import type { Timers } from "./timers.ts";

/** Checkpoints that end by themselves in one transaction. */
const EXPIRED_PER_TURN = 200;

/**
 * Records what the author wrote for the end of a checkpoint's time (`onTimeout`), where that has come. With `hold`
 * nothing happens: it stays open. Inside a transaction; whoever looks first writes it, with an engine or without.
 */
export function expireCheckpoints(rows: Rows, now: number): void {
  for (const row of rows.checkpoints.listExpired(now, EXPIRED_PER_TURN)) expireOne(rows, row, now);
}

/** True where it has expired now. */
export function expireOne(rows: Rows, row: CheckpointRow, now: number): boolean {
  if (row.status !== "open" || row.expiresAt === null || row.expiresAt > now || row.onTimeout === "hold") return false;
  const choice: Choice = row.onTimeout;
  const fact = recordDecision(
    rows,
    row,
    {
      choice,
      patch: {},
      reason: choice === "reject" ? "its time was over" : null,
      comment: null,
      actor: { kind: "timeout", name: "timeout" },
      via: "timeout",
    },
    now,
  );
  rows.events.insert(row.runId, [fact], now);
  if (row.kind !== "ask") queueDecided(rows, row.runId);
  return true;
}

/** Calls back when the next checkpoint ends by itself. */
export class ExpiryAlarm {
  readonly #rows: Rows;
  readonly #timers: Timers;
  readonly #onDue: () => void;
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(rows: Rows, timers: Timers, onDue: () => void) {
    this.#rows = rows;
    this.#timers = timers;
    this.#onDue = onDue;
  }

  /** To be called after a turn in which checkpoints may have been opened, by anyone. */
  arm(now: number): void {
    if (this.#armedFor <= now) this.#armedFor = Number.POSITIVE_INFINITY;
    const next = this.#rows.checkpoints.findNextExpiry(now);
    if (next === undefined || next >= this.#armedFor) return;
    this.#armedFor = next;
    this.#timers.at(next, this.#onDue);
  }
}
