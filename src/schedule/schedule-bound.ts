import { InvalidDefinitionError } from "../core/errors.ts";
import { toFirstInstant } from "./wall-time.ts";
import { DAY_MS } from "./zone-offsets.ts";

/** A date, or a date and time, with or without an offset. */
const BOUND = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Reads `from` or `until`: `2026-03-01`, `2026-03-01T08:00` (both in the schedule's zone) or with an offset, as an
 * instant. A day as `until` counts as a whole: the instant is its last millisecond.
 * @throws {InvalidDefinitionError} code `invalid_schedule`; the message begins with the key
 */
export function readBound(key: "from" | "until", text: string, zone: string): number {
  const [, date, time, seconds = ":00", offset] = BOUND.exec(text) ?? [];
  const wall = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? "00:00"}${seconds}Z`);
  // Date.parse rolls 30 February over to March; what was written must come back.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(String(date))) {
    throw new InvalidDefinitionError(
      `${key}: expected a date such as 2026-03-01 or 2026-03-01T08:00, found ${JSON.stringify(text.slice(0, 40))}`,
      { code: "invalid_schedule" },
    );
  }
  if (offset !== undefined) return Date.parse(`${date}T${time}${seconds}${offset}`);
  if (key === "until" && time === undefined) return toFirstInstant(zone, wall + DAY_MS) - 1;
  return toFirstInstant(zone, wall);
}
