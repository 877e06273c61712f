/**
 * The offsets of time zones, read from Intl.
 *
 * Owns a cache: for each zone its formatter, and the transitions of each span of 32 days that was asked for.
 * Owns nothing else; what it holds follows from the zone database of this Node alone, so forgetting it costs time only.
 * Z1: a transition is the first instant, to the second, at which the new offset holds.
 * Z2: the cache is bounded (`SPANS_MAX` a zone; zones are bounded by the zone database).
 */
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError } from "../core/errors.ts";

const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;
const SPAN_MS = 32 * DAY_MS;
/** Spans kept for one zone: 87 years of 32 days each; past that they are computed again. */
const SPANS_MAX = 1_000;
/** Zones kept: more than the zone database has; only aliases and offsets such as `+02:00` could exceed it. */
const ZONES_MAX = 1_000;

/** A change of a zone's offset: at `at` and from then on `offsetMs` holds, before it `beforeMs`. */
export interface Transition {
  readonly at: number;
  readonly beforeMs: number;
  readonly offsetMs: number;
}

interface ZoneOffsets {
  readonly formatter: Intl.DateTimeFormat;
  readonly spans: Map<number, readonly Transition[]>;
}

const zones = new Map<string, ZoneOffsets>();

/**
 * Refuses what is not the name of a time zone, with the closest name that is.
 * @throws {InvalidDefinitionError} code `invalid_timezone`. The message begins with "expected"; the caller puts the path before it.
 */
export function assertZone(zone: string): void {
  try {
    getZone(zone);
  } catch (cause) {
    const closest = findClosest(zone, Intl.supportedValuesOf("timeZone"));
    const question =
      closest === undefined ? " Write UTC, or list them in /usr/share/zoneinfo" : ` Did you mean ${closest}?`;
    throw new InvalidDefinitionError(
      `expected the name of a time zone such as Europe/Paris, found ${JSON.stringify(zone.slice(0, 64))}.${question}`,
      { code: "invalid_timezone", cause },
    );
  }
}

/** Milliseconds to add to an instant for the zone's wall time: 3,600,000 for Paris in winter. */
export function getOffsetMs(zone: string, at: number): number {
  return readOffsetMs(getZone(zone).formatter, at);
}

/**
 * The transitions of a zone after `afterAt`, oldest first, without end: the reader stops where it has enough. After
 * each span without any comes one that changes nothing, so that a reader who has enough hears of it in every zone.
 */
export function* walkTransitions(zone: string, afterAt: number): Generator<Transition, never> {
  const offsets = getZone(zone);
  for (let index = Math.floor(afterAt / SPAN_MS); ; index++) {
    const span = getSpan(offsets, index);
    for (const transition of span) if (transition.at > afterAt) yield transition;
    if (span.length > 0) continue;
    const endAt = (index + 1) * SPAN_MS;
    const offsetMs = readOffsetMs(offsets.formatter, endAt);
    yield { at: endAt, beforeMs: offsetMs, offsetMs };
  }
}

function getZone(zone: string): ZoneOffsets {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  if (zones.size >= ZONES_MAX) zones.clear();
  const created = { formatter, spans: new Map() };
  zones.set(zone, created);
  return created;
}

function getSpan(offsets: ZoneOffsets, index: number): readonly Transition[] {
  const known = offsets.spans.get(index);
  if (known !== undefined) return known;
  if (offsets.spans.size >= SPANS_MAX) offsets.spans.clear();
  const found: Transition[] = [];
  let beforeMs = readOffsetMs(offsets.formatter, index * SPAN_MS);
  for (let at = index * SPAN_MS; at < (index + 1) * SPAN_MS; at += DAY_MS) {
    const offsetMs = readOffsetMs(offsets.formatter, at + DAY_MS);
    if (offsetMs !== beforeMs) {
      found.push({ at: findChange(offsets.formatter, at, at + DAY_MS, beforeMs), beforeMs, offsetMs });
    }
    beforeMs = offsetMs;
  }
  offsets.spans.set(index, found);
  return found;
}

/** The first second in (lowAt, highAt] at which `beforeMs` no longer holds. No zone has changed twice within a day. */
function findChange(formatter: Intl.DateTimeFormat, lowAt: number, highAt: number, beforeMs: number): number {
  let low = lowAt / SECOND_MS;
  let high = highAt / SECOND_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (readOffsetMs(formatter, middle * SECOND_MS) === beforeMs) low = middle;
    else high = middle;
  }
  return high * SECOND_MS;
}

/** Intl writes `1/1/1970, GMT+01:00`, with seconds in old years, and a bare `GMT` or `GMT+00:00` for none. */
function readOffsetMs(formatter: Intl.DateTimeFormat, at: number): number {
  const text = formatter.format(at);
  const start = text.indexOf("GMT") + 3;
  if (start === text.length) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = text
    .slice(start + 1)
    .split(":")
    .map(Number);
  const ms = ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS;
  return text[start] === "-" ? -ms : ms;
}
