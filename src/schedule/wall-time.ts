import { DAY_MS, getOffsetMs, type Transition, walkTransitions } from "./zone-offsets.ts";

/**
 * What the clock on the wall shows, as the milliseconds since 1970 of the same date and time in UTC: a count without
 * a zone. 2026-03-29 02:30 is the same wall time everywhere, and not in every zone an instant.
 */
export type Wall = number;

/** What the clock of the zone shows at an instant. */
export function toWall(zone: string, at: number): Wall {
  return at + getOffsetMs(zone, at);
}

/**
 * The instants at which the zone's clock shows this wall time, oldest first: none in a gap, two in a repeated hour,
 * else one.
 */
export function listInstants(zone: string, wall: Wall): number[] {
  const found: number[] = [];
  for (const offsetMs of listNearOffsets(zone, wall)) {
    const at = wall - offsetMs;
    if (getOffsetMs(zone, at) === offsetMs) found.push(at);
  }
  return found.sort((one, other) => one - other);
}

/** The transition whose gap swallows this wall time, or undefined where the zone's clock does show it. */
export function findGap(zone: string, wall: Wall): Transition | undefined {
  for (const transition of walkTransitions(zone, wall - 2 * DAY_MS)) {
    if (transition.at > wall + 2 * DAY_MS) return undefined;
    if (wall >= transition.at + transition.beforeMs && wall < transition.at + transition.offsetMs) return transition;
  }
}

/** The instant from which the clock shows this wall time or a later one for the first time: of a gap, its end. */
export function toFirstInstant(zone: string, wall: Wall): number {
  return listInstants(zone, wall)[0] ?? findGap(zone, wall)?.at ?? wall - getOffsetMs(zone, wall);
}

/** `2026-03-29T02:30`, with seconds where there are any. */
export function formatWall(wall: Wall): string {
  const text = new Date(wall).toISOString();
  return text.slice(0, wall % 60_000 === 0 ? 16 : 19);
}

/** The instant as ISO 8601 with the zone's offset at that time: `2026-03-29T03:00:00+02:00`. */
export function formatInstant(zone: string, at: number): string {
  const offsetMs = getOffsetMs(zone, at);
  const wall = new Date(at + offsetMs).toISOString().slice(0, at % 1_000 === 0 ? 19 : 23);
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return `${wall}${offsetMs < 0 ? "-" : "+"}${digits}`;
}

/** Offsets are between −24 h and +24 h, so those of a day before and after are all that can matter. */
function listNearOffsets(zone: string, wall: Wall): Set<number> {
  const offsets = new Set([getOffsetMs(zone, wall - DAY_MS), getOffsetMs(zone, wall + DAY_MS)]);
  for (const transition of walkTransitions(zone, wall - DAY_MS)) {
    if (transition.at > wall + DAY_MS) break;
    offsets.add(transition.beforeMs).add(transition.offsetMs);
  }
  return offsets;
}
