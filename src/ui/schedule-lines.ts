import type { ScheduleView } from "../views/list-schedules.ts";
import type { SlotView } from "../views/list-slots.ts";
import { signSlot } from "../views/slot-sign.ts";
import { formatZoneDay, readZoneClock } from "./format-zone.ts";
import { type Line, toCell, toLine, toListLine, toSpan } from "./line.ts";
import { toStatusTone } from "./run-signs.ts";

export const SCHEDULES_HEAD = toLine(
  toSpan("  WORKFLOW        CRON        ZONE          NEXT        LAST 10     STATE", "dim"),
);

/** `nightly-backup`, or `import/hourly` where the schedule has a name of its own. */
export function nameSchedule({ workflow, name }: Pick<ScheduleView, "workflow" | "name">): string {
  return workflow === name ? name : `${workflow}/${name}`;
}

/** `›  nightly-backup  30 2 * * *  Europe/Paris  Wed 02:30  ✓✓✓✓L✓✗✓✓‖  held: 412.1` */
export function toScheduleRow(schedule: ScheduleView, isSelected: boolean, now: number): Line {
  const { cron, zone, nextAt, lastSlots, state } = schedule;
  return toListLine(
    isSelected,
    toCell(nameSchedule(schedule), 15),
    " ",
    toCell(cron, 11),
    " ",
    toCell(zone, 13),
    " ",
    toCell(nextAt === null ? "-" : formatZoneDay(zone, nextAt, now), 11),
    " ",
    toCell(lastSlots.map((slot) => signSlot(slot, true)).join("") || "-", 11),
    " ",
    toSpan(describeState(schedule, now), state === "on" ? "plain" : "warning"),
  );
}

export function describeState({ stateText, isPaused, pausedUntilAt, zone }: ScheduleView, now: number): string {
  return isPaused && pausedUntilAt !== null ? `paused to ${formatZoneDay(zone, pausedUntilAt, now)}` : stateText;
}

export const SLOTS_HEAD = toLine(toSpan("  DUE                   STATE       RUN     STATUS       REASON", "dim"));

/** `Tue 2026-11-24 02:30  fired       #412    waiting` */
export function toSlotRow({ zone }: ScheduleView, slot: SlotView, isSelected: boolean): Line {
  const { weekday, date, time } = readZoneClock(zone, slot.dueAt);
  const many = slot.count === 1 ? "" : ` (${slot.count} slots${describeEnd(zone, slot)})`;
  return toListLine(
    isSelected,
    toCell(`${weekday} ${date} ${time}`, 21),
    " ",
    toCell(slot.state.replace("_", " "), 11),
    " ",
    toCell(slot.run === null ? "-" : `#${slot.run}`, 7),
    " ",
    slot.runStatus === null ? toCell("-", 12) : toSpan(toCell(slot.runStatus, 12), toStatusTone(slot.runStatus)),
    " ",
    `${slot.reason ?? ""}${many}`,
  );
}

function describeEnd(zone: string, { untilAt }: SlotView): string {
  if (untilAt === null) return "";
  const { date, time } = readZoneClock(zone, untilAt);
  return ` to ${date.slice(5)} ${time}`;
}
