import { findRateInstant, type RateLimit, takeFromRate } from "./resource-rate.ts";

/** What there is of a resource just now. */
export type Pool =
  | { readonly kind: "capacity"; readonly capacity: number; inUse: number }
  | { readonly kind: "rate"; readonly rate: RateLimit; tatUs: number | null };

/** Sums of fractions are not exact: one of ten tenths would find no place. */
const ROUNDING = 1e-9;

/**
 * When `amount` can be taken: `now` or before, a later instant of a rate, or never by time alone (what is in use has to
 * be given back). More than there is at all counts as all of it: it goes alone.
 * @param reserved what is kept for who waits for longer
 */
export function findFreeAt(pool: Pool, amount: number, reserved: number, now: number): number {
  if (pool.kind === "capacity") {
    const left = pool.capacity - pool.inUse - reserved;
    return Math.min(amount, pool.capacity) <= left + ROUNDING ? now : Number.POSITIVE_INFINITY;
  }
  return reserved > 0 ? Number.POSITIVE_INFINITY : findRateInstant(pool.rate, pool.tatUs, amount, now);
}

export function takeFromPool(pool: Pool, amount: number, now: number): void {
  if (pool.kind === "capacity") pool.inUse += amount;
  else pool.tatUs = takeFromRate(pool.rate, pool.tatUs, amount, now);
}

/** What was taken of a rate is never given back. */
export function giveBack(pool: Pool, amount: number): void {
  if (pool.kind === "capacity") pool.inUse = Math.max(0, pool.inUse - amount);
}
