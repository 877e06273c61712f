import { formatAge } from "../core/duration-format.ts";

const DAY_MS = 86_400_000;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `03:14`, in the zone of who reads it. */
export function formatClock(at: number): string {
  const date = new Date(at);
  return `${toTwoDigits(date.getHours())}:${toTwoDigits(date.getMinutes())}`;
}

/** `02:30:12.881`. */
export function formatLogClock(at: number): string {
  const date = new Date(at);
  return `${formatClock(at)}:${toTwoDigits(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Six columns at most: `03:14` today, `Mon` within a week, `11-08` before. */
export function formatDay(at: number, now: number): string {
  if (startOfDay(at) === startOfDay(now)) return formatClock(at);
  const date = new Date(at);
  if (Math.abs(now - at) < 6 * DAY_MS) return WEEKDAYS[date.getDay()] ?? "";
  return `${toTwoDigits(date.getMonth() + 1)}-${toTwoDigits(date.getDate())}`;
}

/** For running text: `today 22:30`, `yesterday 06:12`, `Mon 06:12`, `2026-11-08 06:12`. */
export function formatMoment(at: number, now: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  const clock = formatClock(at);
  if (days === 0) return `today ${clock}`;
  if (days === -1) return `yesterday ${clock}`;
  if (days === 1) return `tomorrow ${clock}`;
  const date = new Date(at);
  if (Math.abs(days) < 6) return `${WEEKDAYS[date.getDay()]} ${clock}`;
  return `${date.getFullYear()}-${toTwoDigits(date.getMonth() + 1)}-${toTwoDigits(date.getDate())} ${clock}`;
}

/** How far off an instant is: `19h`; `over` where it has passed; `-` where there is none. */
export function formatDue(at: number | null, now: number): string {
  if (at === null) return "-";
  return at <= now ? "over" : formatAge(at - now);
}

function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function toTwoDigits(part: number): string {
  return String(part).padStart(2, "0");
}
