/** How far the clock may go back without a word: corrections of NTP, and two engines whose turns cross. */
const CLOCK_BACK_TOLERANCE_MS = 60_000;
/** A machine that slept for longer is rarer than a clock that is wrong. */
const CLOCK_AHEAD_MAX_MS = 366 * 86_400_000;

/**
 * What a turn is to make of the clock (schedules.md, rule 4).
 * - `steady`: go on. Where now is before the cursor there is nothing to do, and the cursor stays.
 * - `setBack`: store `cursorAt`, and make void every unfired row with `due_at > voidAfterAt`; these are due again.
 * - `ahead`: fire nothing and ask in the inbox; go on once a person says that the clock is right.
 */
export type ClockShift =
  | { readonly kind: "steady" }
  | { readonly kind: "setBack"; readonly cursorAt: number; readonly voidAfterAt: number; readonly byMs: number }
  | { readonly kind: "ahead"; readonly byMs: number };

/** @param cursorAt the instant of the last turn of this schedule: it must move with every turn, not only with slots */
export function findClockShift(cursorAt: number, nowAt: number): ClockShift {
  const aheadMs = nowAt - cursorAt;
  if (aheadMs > CLOCK_AHEAD_MAX_MS) return { kind: "ahead", byMs: aheadMs };
  if (aheadMs >= -CLOCK_BACK_TOLERANCE_MS) return { kind: "steady" };
  return { kind: "setBack", cursorAt: nowAt, voidAfterAt: nowAt, byMs: -aheadMs };
}
