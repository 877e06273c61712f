const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long something took, for people: `45ms`, `0.1s`, `1.0s`, `41s`, `4m12`, `19h 12m`, `2d 3h`. At most seven
 * characters below 100 days. A negative one reads as 0.
 */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 95) return `${whole}ms`;
  if (whole < 4_950) return `${(whole / SECOND_MS).toFixed(1)}s`;
  const seconds = Math.round(whole / SECOND_MS);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return joinParts(Math.floor(minutes / 60), "h", minutes % 60, "m");
  const hours = Math.floor(minutes / 60);
  return joinParts(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** As `formatDuration`, for running text: below a minute always `2.0 s`. */
export function formatSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  return whole < 59_950 ? `${(whole / SECOND_MS).toFixed(1)} s` : formatDuration(whole);
}

/** How long ago or how far off, in one unit, rounded down: `41s`, `48m`, `19h`, `2d`. */
export function formatAge(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)}s`;
  if (whole < HOUR_MS) return `${Math.floor(whole / MINUTE_MS)}m`;
  return whole < DAY_MS ? `${Math.floor(whole / HOUR_MS)}h` : `${Math.floor(whole / DAY_MS)}d`;
}

function joinParts(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}
