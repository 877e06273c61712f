/** What people do with schedules, in the terminal UI and on the command line: each returns a sentence that says what was done. */
import { backfillInParts } from "../engine/backfill.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { pauseSchedule, resumeSchedule, triggerSchedule } from "../engine/schedule-control.ts";
import type { ScheduledScope } from "../engine/start-scheduled-run.ts";
import { newUid } from "../platform/uid.ts";
import { readBound } from "../schedule/schedule-bound.ts";
import { getRows } from "../store/rows.ts";
import { getScheduleRows } from "../store/schedule-rows.ts";
import type { ScheduleView } from "../views/list-schedules.ts";
import { isWorkflowServed } from "../views/served-workflows.ts";
import type { CommandContext } from "./command-context.ts";
import { formatZoneInstant } from "./format-zone-time.ts";
import type { Database } from "./open-database.ts";
import { createUsageError, parseDurationOption } from "./read-options.ts";
import { readScheduleInput } from "./schedule-input.ts";

type Named = Pick<ScheduleView, "id" | "name" | "workflow" | "zone">;

export function createScheduleActions(context: CommandContext, { store, isEngineAlive }: Database) {
  const { clock } = context;
  const createScope = (): ScheduledScope => {
    const rows = getRows(store);
    return { rows, schedules: getScheduleRows(store), plans: new PlanCache(rows), newUid };
  };
  const describeStart = (workflow: string): string =>
    isWorkflowServed(store, workflow, isEngineAlive) ? "" : " No daemon runs: lockstep daemon --workflows DIR";
  return {
    /** @param until a date in the schedule's zone, or a duration from now; empty: until it is resumed */
    async pause(schedule: Named, until: string): Promise<string> {
      const now = clock.now();
      const untilAt = until.trim() === "" ? null : readPauseEnd(until.trim(), schedule.zone, now);
      await store.writeTransaction(() => pauseSchedule(createScope(), schedule.id, untilAt, now));
      const end = untilAt === null ? "until you resume it" : `until ${formatZoneInstant(schedule.zone, untilAt)}`;
      return `${schedule.name} is paused ${end}; its slots are skipped.`;
    },
    async resume(schedule: Named): Promise<string> {
      const isDone = await store.writeTransaction(() => resumeSchedule(createScope(), schedule.id, clock.now()));
      return `${schedule.name} ${isDone ? "is resumed; slots of the pause stay skipped." : "was not paused; nothing was done."}`;
    },
    async trigger(schedule: Named): Promise<{ readonly run: number; readonly text: string }> {
      const inputJson = await readScheduleInput(context, store, schedule);
      const run = await store.writeTransaction(() =>
        triggerSchedule(createScope(), schedule.id, inputJson, clock.now()),
      );
      return { run, text: `#${run} ${schedule.workflow} is queued.${describeStart(schedule.workflow)}` };
    },
    /** @param isDry nothing is written, only counted */
    async backfill(
      schedule: Named,
      { from, to, isDry }: { readonly from: string; readonly to: string; readonly isDry: boolean },
    ): Promise<{ readonly count: number; readonly text: string }> {
      const fromAt = readTime("from", from, schedule.zone);
      const toAt = readTime("to", to, schedule.zone);
      if (toAt < fromAt) throw createUsageError(`--to: expected a time after --from, found ${to}. Swap them`);
      const inputJson = isDry ? undefined : await readScheduleInput(context, store, schedule);
      const request = { scheduleId: schedule.id, fromAt, toAt, inputJson };
      const result = await backfillInParts(store, createScope(), request, clock.now());
      const count = result.slots.length;
      const what = `${isDry ? "would start" : "started"} ${count} run${count === 1 ? "" : "s"}`;
      const present = result.presentCount === 0 ? "" : `; ${result.presentCount} were in the ledger already`;
      const start = isDry || count === 0 ? "" : `.${describeStart(schedule.workflow)}`;
      return { count, text: `${schedule.name}: ${what}${present}${start}` };
    },
  };
}

/** A duration from now, or a date in the schedule's zone. */
export function readPauseEnd(text: string, zone: string, now: number): number {
  const at = /^\d{4}-/.test(text) ? readBound("from", text, zone) : now + parseDurationOption("--until", text);
  if (at <= now) throw createUsageError(`--until: expected a time to come, found ${text}, which is over`);
  return at;
}

/** A day, or a time, in the schedule's zone. */
export function readTime(key: "from" | "to", text: string, zone: string): number {
  try {
    return readBound(key === "from" ? "from" : "until", text, zone);
  } catch (error) {
    throw createUsageError(
      `--${key}: expected a date such as 2026-11-20 or 2026-11-20T08:00, found "${text.slice(0, 40)}"`,
      error,
    );
  }
}
