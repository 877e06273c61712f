import type { Rows } from "../store/rows.ts";
import { openAsk, takeVerdict } from "./ask.ts";

const DAY_MS = 86_400_000;

/** A clock that is far ahead of the last look at the schedules: it, or the years between, is wrong. */
export interface ClockDoubt {
  readonly lastLookAt: number;
  /** The schedules that are held, as people know them. */
  readonly schedules: readonly string[];
}

/**
 * Asks in the inbox whether the clock is right, once for each last look, and says what was answered. Only `approve` lets
 * the schedules go on; after a `reject` they stay held until the clock is near the last look again. Inside a transaction.
 */
export function askAboutClock(rows: Rows, doubt: ClockDoubt, now: number): { readonly isTrusted: boolean } {
  const key = toKey(doubt.lastLookAt);
  const asked = rows.checkpoints.findByKey(key) ?? ask(rows, key, doubt, now);
  return { isTrusted: takeVerdict(rows, asked.id, now)?.approved === true };
}

/** The clock was put right: there is nothing to ask any more. Inside a transaction. */
export function withdrawClockQuestion(rows: Rows, lastLookAt: number, now: number): void {
  const asked = rows.checkpoints.findByKey(toKey(lastLookAt));
  if (asked?.status === "open") rows.checkpoints.mark(asked.id, "open", "void", now);
}

function toKey(lastLookAt: number): string {
  return `lockstep/clock-ahead/${lastLookAt}`;
}

function ask(rows: Rows, key: string, { lastLookAt, schedules }: ClockDoubt, now: number) {
  const [says, last] = [now, lastLookAt].map((at) => new Date(at).toISOString());
  const days = Math.floor((now - lastLookAt) / DAY_MS);
  const held = schedules.length === 1 ? "1 schedule is" : `${schedules.length} schedules are`;
  return openAsk(
    rows,
    {
      message: `The clock says ${says}, ${days} days after the last look at the schedules (${last}). Is it right? ${held} held until somebody approves.`,
      risk: "high",
      showJson: JSON.stringify({ clock: says, lastLook: last, days, schedules }),
      key,
      timeoutMs: null,
      run: null,
      by: { kind: "agent", name: "lockstep" },
    },
    now,
  );
}
