import type { Choice } from "../core/checkpoint-status.ts";
import type { CheckpointRow } from "../store/checkpoint-rows.ts";
import type { Rows } from "../store/rows.ts";
import { Alarm, type AlarmClock } from "./alarm.ts";
import { queueDecided, recordDecision } from "./record-decision.ts";

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
  readonly #alarm: Alarm;

  constructor(rows: Rows, timers: AlarmClock, onDue: () => void) {
    this.#rows = rows;
    this.#alarm = new Alarm(timers, onDue);
  }

  /**
   * To be called after a turn in which checkpoints may have been opened or ended, by anyone. One whose time is over is
   * next, too: there were more of them than one transaction ends, or the clock says now that it is not over yet.
   */
  arm(): void {
    this.#alarm.set(this.#rows.checkpoints.findNextExpiry() ?? Number.POSITIVE_INFINITY);
  }
}
