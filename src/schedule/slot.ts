import type { Wall } from "./wall-time.ts";

/** One due instant of a schedule: a wall time, which of its passes, and the instant that stands for both. */
export interface Slot {
  /**
   * The instant, and with the schedule the key in the ledger. Merged and skipped slots of a gap have none of their
   * own; they lie in the last second before its end, a millisecond apart, so that each keeps its row.
   */
  readonly dueAt: number;
  /** The wall time that the pattern named. In a gap the clock never shows it. */
  readonly wall: Wall;
  /** 1 in the second pass of a repeated hour. */
  readonly fold: 0 | 1;
  readonly status: "due" | "merged" | "skipped";
  /** 1; more where a gap swallowed so many slots that one row stands for several. */
  readonly count: number;
}
