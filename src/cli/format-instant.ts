/** An instant in the zone of who reads it, to the minute: `2026-11-24 03:14`. */
export function formatInstant(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(toTwoDigits).join("-");
  return `${day} ${toTwoDigits(date.getHours())}:${toTwoDigits(date.getMinutes())}`;
}

/** The time of a line of a log: `02:30:12.881`. */
export function formatLogTime(at: number): string {
  const date = new Date(at);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(toTwoDigits).join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function toTwoDigits(part: number): string {
  return String(part).padStart(2, "0");
}
