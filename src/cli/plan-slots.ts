import { sanitizeLine } from "../core/sanitize-text.ts";
import { layOutTable } from "../core/text-width.ts";
import type { ScheduleSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import { resolveZone, type Zones } from "../engine/register-workflow.ts";
import { countSlots, listSlots } from "../schedule/list-slots.ts";
import { createSchedulePolicy, createScheduleRule } from "../schedule/schedule-policy.ts";
import type { Slot } from "../schedule/slot.ts";
import { formatInstant, formatWall, listInstants, toWall } from "../schedule/wall-time.ts";
import { createUsageError } from "./read-options.ts";
import { readTime } from "./schedule-actions.ts";

/** One slot that would be due, and what is odd about it. */
export interface PlannedSlot {
  readonly schedule: string;
  readonly zone: string;
  readonly dueAt: number;
  /** The time that the rule named: `2026-03-29T02:30`. The clock may never show it. */
  readonly wall: string;
  readonly fires: boolean;
  readonly note: string | null;
}

export interface PlannedTime {
  readonly from: string;
  readonly to: string;
}

/** Slots of one answer. */
const SLOTS_MAX = 1_000;

/**
 * What the schedules of a workflow would fire in a time, each by its own zone, in order of time.
 * @throws {InvalidDefinitionError} where there are more than 1,000, or the times cannot be read
 */
export function planSlots(spec: WorkflowSpec, time: PlannedTime, zones: Required<Zones>): PlannedSlot[] {
  const { schedules = [] } = spec;
  if (schedules.length === 0) throw createUsageError(`--from: ${spec.name} has no schedule, so nothing would fire`);
  const slots = schedules.flatMap((schedule) => planSchedule(schedule, time, resolveZone(zones, schedule)));
  return slots.sort((one, other) => one.dueAt - other.dueAt);
}

function planSchedule(schedule: ScheduleSpec, { from, to }: PlannedTime, zone: string): PlannedSlot[] {
  const rule = createScheduleRule(schedule.cron, zone, createSchedulePolicy(schedule, zone));
  const [fromAt, toAt] = [readTime("from", from, zone), readTime("to", to, zone)];
  if (toAt < fromAt) throw createUsageError(`--to: expected a time after --from, found ${to}. Swap them`);
  const count = countSlots(rule, fromAt - 1, toAt);
  if (count > SLOTS_MAX)
    throw createUsageError(`--to: ${count} slots, and at most ${SLOTS_MAX} are shown. Name a shorter time`);
  return listSlots(rule, fromAt - 1, toAt, SLOTS_MAX).map((slot) => ({
    ...{ schedule: schedule.name, zone, dueAt: slot.dueAt, wall: formatWall(slot.wall), fires: slot.status === "due" },
    note: describeSlot(zone, slot),
  }));
}

function describeSlot(zone: string, { status, wall, dueAt, fold, count }: Slot): string | null {
  const time = formatWall(wall).slice(11);
  const others = count > 1 ? ` (and ${count - 1} more like it)` : "";
  if (status === "merged")
    return `${time} does not exist on that day: merged with the slot at the end of the gap${others}`;
  if (status === "skipped") return `${time} does not exist on that day: skipped${others}`;
  if (toWall(zone, dueAt) !== wall) return `${time} does not exist on that day: fires at the end of the gap`;
  if (fold === 1) return `${time} comes twice on that day: this is the second time`;
  return listInstants(zone, wall).length > 1 ? `${time} comes twice on that day: this is the first time` : null;
}

/** Lines of people; `--json` has all. */
const LINES_MAX = 100;

export function renderPlannedSlots(slots: readonly PlannedSlot[]): string[] {
  if (slots.length === 0) return ["Nothing would fire in that time."];
  const rows = slots
    .slice(0, LINES_MAX)
    .map(({ schedule, zone, dueAt, fires, note }) => [
      fires ? formatInstant(zone, dueAt).replace("T", " ") : "-",
      sanitizeLine(zone),
      sanitizeLine(schedule),
      note ?? "",
    ]);
  const fired = slots.filter(({ fires }) => fires).length;
  const more = slots.length > LINES_MAX ? [`… ${slots.length - LINES_MAX} more`] : [];
  const sum = fired === 1 ? "1 slot would fire." : `${fired} slots would fire.`;
  return [...layOutTable([["FIRES", "ZONE", "SCHEDULE", ""], ...rows]), ...more, sum];
}
