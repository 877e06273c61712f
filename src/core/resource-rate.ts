/**
 * Rates by the generic cell rate algorithm (GCRA, ITU-T I.371, as a virtual schedule): all that is kept of a rate is its
 * theoretical arrival time, the instant at which all that was taken is paid for. Kept in the database, it makes a rate
 * hold over restarts and over processes. In microseconds since 1970, whole: a rate finer than a million a second limits
 * nothing.
 */
export interface RateLimit {
  /** So many in a window. */
  readonly count: number;
  readonly windowMs: number;
  /** So many at once, after a pause. */
  readonly burst: number;
}

/**
 * The first millisecond at which `amount` may be taken; `now` or before where that is now. An amount larger than the
 * burst is let through as if the burst were as large.
 */
export function findRateInstant(rate: RateLimit, tatUs: number | null, amount: number, now: number): number {
  if (tatUs === null) return now;
  const burst = Math.max(rate.burst, amount);
  const aheadUs = Math.floor((burst - amount) * toIntervalUs(rate));
  return Math.ceil((boundTat(rate, tatUs, burst, now) - aheadUs) / 1_000);
}

/** The theoretical arrival time once `amount` was taken at `now`. */
export function takeFromRate(rate: RateLimit, tatUs: number | null, amount: number, now: number): number {
  const nowUs = now * 1_000;
  const fromUs = tatUs === null ? nowUs : Math.max(nowUs, boundTat(rate, tatUs, Math.max(rate.burst, amount), now));
  return fromUs + Math.ceil(amount * toIntervalUs(rate)); // whole: a fraction is lost beside an instant in microseconds
}

/**
 * One further ahead than taking can bring it is of a slower rate, or the clock was set back: it would wait for ever. What
 * rounding added, a microsecond for each that was taken, stays: cut off again and again, it would let more through.
 */
function boundTat(rate: RateLimit, tatUs: number, burst: number, now: number): number {
  const boundUs = now * 1_000 + Math.ceil(burst * toIntervalUs(rate));
  return tatUs <= boundUs + burst + 1 ? tatUs : boundUs;
}

function toIntervalUs({ count, windowMs }: RateLimit): number {
  return (windowMs * 1_000) / count;
}
