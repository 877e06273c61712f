import { formatInstant } from "../schedule/wall-time.ts";

/** An instant as a zone's clock shows it, to the minute, or to the second where that matters: `2026-11-25 02:30`. */
export function formatZoneTime(zone: string, at: number): string {
  const text = formatInstant(zone, at).replace("T", " ");
  return text.slice(0, at % 60_000 === 0 ? 16 : 19);
}

/** The same with the zone's offset, for what is not beside its zone: `2026-11-25 02:30 +01:00`. */
export function formatZoneInstant(zone: string, at: number): string {
  return `${formatZoneTime(zone, at)} ${formatInstant(zone, at).slice(-6)}`;
}
