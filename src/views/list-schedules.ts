import { sql } from "drizzle-orm";
import { findNextSlot } from "../schedule/list-slots.ts";
import { PAUSED_FOR_GOOD_AT } from "../schedule/pause.ts";
import { createScheduleRule, parseSchedulePolicy, type SchedulePolicy } from "../schedule/schedule-policy.ts";
import { toCheckpointName } from "./list-checkpoints.ts";
import { listSlots, type SlotView } from "./list-slots.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";

export type ScheduleState = "on" | "paused" | "held" | "broken" | "ended" | "removed";

/** A schedule, as its line shows it. */
export interface ScheduleView {
  readonly id: number;
  readonly workflow: string;
  /** Of the schedule; the first one of a workflow has the workflow's name. */
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  /** The zone was declared as `local`, or not at all. */
  readonly isZoneLocal: boolean;
  readonly policy: SchedulePolicy;
  /** The next slot that will be fired, after its pause; null: none. */
  readonly nextAt: number | null;
  readonly state: ScheduleState;
  /** For people: `on`, `paused`, `held: 412.1`, `broken file`, `ended`, `removed`. */
  readonly stateText: string;
  readonly isPaused: boolean;
  /** Null where it is not paused, or paused for as long as it takes. */
  readonly pausedUntilAt: number | null;
  /** The checkpoint that a run of it waits at, and holds the next slot: `412.1`. */
  readonly heldBy: string | null;
  /** The last slots of its ledger, the oldest first. */
  readonly lastSlots: readonly SlotView[];
}

export interface SchedulesOptions {
  readonly now: number;
  readonly isEngineAlive: IsEngineAlive;
  /** Default: 10. */
  readonly lastSlots?: number;
  /** Those that their file no longer has, too. */
  readonly withRemoved?: boolean;
}

const LAST_SLOTS_DEFAULT = 10;

interface Row {
  readonly id: number;
  readonly workflow: string;
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly policyJson: string;
  readonly nextAt: number | null;
  readonly pausedUntilAt: number | null;
  readonly removedAt: number | null;
  readonly isBroken: number;
}

/** All schedules of the file by workflow and name, each with the end of its ledger. */
export function listSchedules(store: ReadStore, options: SchedulesOptions): ScheduleView[] {
  const { lastSlots = LAST_SLOTS_DEFAULT, withRemoved = false } = options;
  const holders = listHolders(store);
  return store.db
    .all<Row>(sql`
      SELECT s.id, s.workflow, s.name, s.cron, s.timezone AS zone, s.policy AS policyJson, s.next_at AS nextAt,
        s.paused_until AS pausedUntilAt, s.removed_at AS removedAt,
        (w.definition_id IS NULL OR w.error IS NOT NULL) AS isBroken
      FROM schedule s LEFT JOIN workflow w ON w.name = s.workflow ORDER BY s.workflow, s.name`)
    .filter((row) => withRemoved || row.removedAt === null)
    .map((row) => {
      const slots = listSlots(store, row.id, { limit: lastSlots }, options.isEngineAlive).reverse();
      return toView(row, options.now, holders.get(row.id) ?? null, slots);
    });
}

function toView(row: Row, now: number, holder: string | null, lastSlots: readonly SlotView[]): ScheduleView {
  const { policyJson, removedAt, isBroken, pausedUntilAt, nextAt: storedNextAt, ...facts } = row;
  const policy = parseSchedulePolicy(policyJson);
  const isPaused = pausedUntilAt !== null && pausedUntilAt > now;
  const heldBy = policy.whileWaiting === "hold" ? holder : null;
  const nextAt = removedAt !== null ? null : isPaused ? findAfterPause(row, policy) : storedNextAt;
  const state = findState({ ...row, nextAt }, isPaused, heldBy);
  return {
    ...{ ...facts, policy, nextAt, state, isPaused, heldBy, lastSlots, isZoneLocal: policy.isZoneLocal },
    stateText: describeState(state, heldBy),
    pausedUntilAt: isPaused && pausedUntilAt < PAUSED_FOR_GOOD_AT ? pausedUntilAt : null,
  };
}

function findAfterPause({ cron, zone, pausedUntilAt }: Row, policy: SchedulePolicy): number | null {
  if (pausedUntilAt === null || pausedUntilAt >= PAUSED_FOR_GOOD_AT) return null;
  return findNextSlot(createScheduleRule(cron, zone, policy), pausedUntilAt - 1)?.dueAt ?? null;
}

function findState(row: Row, isPaused: boolean, heldBy: string | null): ScheduleState {
  if (row.removedAt !== null) return "removed";
  if (row.isBroken !== 0) return "broken";
  if (isPaused) return "paused";
  if (heldBy !== null) return "held";
  return row.nextAt === null ? "ended" : "on";
}

function describeState(state: ScheduleState, heldBy: string | null): string {
  if (state === "held") return `held: ${heldBy}`;
  return state === "broken" ? "broken file" : state;
}

/** For each schedule with a run that waits at a checkpoint: the first one that is open there. */
function listHolders({ db }: ReadStore): Map<number, string> {
  const rows = db.all<{ scheduleId: number; run: number; number: number }>(sql`
    SELECT s.schedule_id AS scheduleId, c.run_id AS run, min(c.number) AS number
    FROM checkpoint c CROSS JOIN run r ON r.id = c.run_id CROSS JOIN slot s ON s.id = r.slot_id
    WHERE c.status = 'open' AND r.status = 'waiting' GROUP BY s.schedule_id, c.run_id ORDER BY c.run_id DESC`);
  return new Map(rows.map(({ scheduleId, run, number }) => [scheduleId, toCheckpointName(run, number)]));
}
