import { InvalidDefinitionError } from "./errors.ts";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS_MS;

/** Ten years. A longer one is a slip of the keyboard, and instants stay far from the end of dates. */
export const DURATION_MAX_MS = 3_650 * UNITS_MS.d;

/** Longest part of a wrong value that a message repeats. */
const FOUND_CHARS_MAX = 40;

/** What people write for units elsewhere; only for suggesting what would be right. */
const UNIT_OF_WORD: ReadonlyMap<string, Unit> = new Map([
  ...(["ms", "msec", "millisecond"] as const).map((word) => [word, "ms"] as const),
  ...(["", "s", "sec", "second"] as const).map((word) => [word, "s"] as const),
  ...(["m", "min", "minute"] as const).map((word) => [word, "m"] as const),
  ...(["h", "hr", "hour"] as const).map((word) => [word, "h"] as const),
  ...(["d", "day", "w", "week"] as const).map((word) => [word, "d"] as const),
]);

/**
 * Reads a duration of a definition or an option, such as `500ms`, `30s`, `5m`, `2h` or `7d`, as milliseconds.
 * Nothing else is read: no bare number, no sum, no fraction; the error then suggests what was meant.
 * @throws {InvalidDefinitionError} code `invalid_duration`. The message begins with "expected"; the caller puts the path before it.
 */
export function parseDuration(text: unknown): number {
  const match = typeof text === "string" ? /^(\d{1,15})(ms|s|m|h|d)$/.exec(text) : null;
  if (match === null) throw createDurationError(text);
  const ms = Number(match[1]) * UNITS_MS[match[2] as Unit];
  if (ms > DURATION_MAX_MS) {
    throw new InvalidDefinitionError(`expected a duration of at most 3650d, found ${match[0]}`, {
      code: "invalid_duration",
    });
  }
  return ms;
}

/** The text that `parseDuration` reads as exactly these milliseconds, in the largest unit that fits: 90000 → `90s`. */
export function toDurationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const unit = (["d", "h", "m", "s"] as const).find((each) => whole > 0 && whole % UNITS_MS[each] === 0) ?? "ms";
  return `${whole / UNITS_MS[unit]}${unit}`;
}

function createDurationError(found: unknown): InvalidDefinitionError {
  const meant = suggestDuration(found);
  const question = meant === undefined ? "" : `. Did you mean ${meant}?`;
  return new InvalidDefinitionError(
    `expected a duration such as 30s, 5m or 2h, found ${describeFound(found)}${question}`,
    { code: "invalid_duration" },
  );
}

function describeFound(found: unknown): string {
  if (typeof found === "string") {
    const cut = found.length > FOUND_CHARS_MAX ? `${found.slice(0, FOUND_CHARS_MAX)}…` : found;
    return JSON.stringify(cut);
  }
  if (typeof found === "number" || typeof found === "boolean") return `${found} (a ${typeof found})`;
  if (found === undefined || found === null) return "nothing";
  return Array.isArray(found) ? "a list" : `a value of type ${typeof found}`;
}

/** The duration that a wrong value seems to stand for: 30 → `30s`, "1h30m" → `90m`, "5 minutes" → `5m`. */
function suggestDuration(found: unknown): string | undefined {
  if (typeof found !== "number" && typeof found !== "string") return undefined;
  const text = String(found).slice(0, FOUND_CHARS_MAX).replaceAll(/\s+/g, "").toLowerCase();
  const parts = /\d+(?:\.\d+)?[a-z]*/g;
  if (text.replaceAll(parts, "") !== "") return undefined;
  let ms = 0;
  for (const [part] of text.matchAll(parts)) {
    const word = part.replace(/^[\d.]+/, "");
    const unit = findUnit(word);
    if (unit === undefined) return undefined;
    ms += Number.parseFloat(part) * UNITS_MS[unit] * (word.startsWith("w") ? 7 : 1);
  }
  return ms >= 1 && ms <= DURATION_MAX_MS ? toDurationText(ms) : undefined;
}

function findUnit(word: string): Unit | undefined {
  return UNIT_OF_WORD.get(word) ?? UNIT_OF_WORD.get(word.replace(/s$/, ""));
}
