import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findRateInstant, type RateLimit, takeFromRate } from "../../src/core/resource-rate.ts";

const START_AT = 1_704_067_200_000;

/** A bucket that fills with one microsecond of credit in each microsecond, up to its burst: what GCRA has to equal. */
class Bucket {
  readonly #most: number;
  readonly #price: number;
  #credit: number;
  #at = START_AT;

  constructor({ count, windowMs, burst }: RateLimit) {
    this.#price = (windowMs * 1_000) / count;
    this.#most = burst * this.#price;
    this.#credit = this.#most;
  }

  canTake(amount: number, now: number): boolean {
    this.#credit = Math.min(this.#most, this.#credit + (now - this.#at) * 1_000);
    this.#at = now;
    return this.#credit >= amount * this.#price;
  }

  take(amount: number): void {
    this.#credit -= amount * this.#price;
  }
}

/** Intervals of whole milliseconds, so that the bucket is exact. */
const rates = fc
  .record({
    intervalMs: fc.integer({ min: 1, max: 5_000 }),
    count: fc.integer({ min: 1, max: 100 }),
    burst: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ intervalMs, count, burst }): RateLimit => ({ count, windowMs: intervalMs * count, burst }));

describe("a rate by GCRA", () => {
  test("lets through exactly what a bucket of its burst does, and names the first instant of the next", () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(8_000), share: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(rates, steps, (rate, all) => {
        const bucket = new Bucket(rate);
        let tatUs: number | null = null;
        let now = START_AT;
        for (const { waitMs, share } of all) {
          now += waitMs;
          const amount = Math.max(1, Math.round(share * rate.burst));
          const at = findRateInstant(rate, tatUs, amount, now);
          expect(at <= now).toBe(bucket.canTake(amount, now));
          if (at > now) {
            expect(bucket.canTake(amount, at - 1)).toBe(false);
            expect(bucket.canTake(amount, at)).toBe(true);
            now = at;
          }
          tatUs = takeFromRate(rate, tatUs, amount, now);
          bucket.take(amount);
        }
      }),
    );
  });

  test("never lets more than burst + window / interval through in any window, whatever the interval", () => {
    const odd = fc.record({
      count: fc.integer({ min: 1, max: 1_000 }),
      windowMs: fc.constantFrom(1_000, 60_000, 3_600_000),
      burst: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(odd, (rate) => {
        const taken: number[] = [];
        let tatUs: number | null = null;
        for (let now = START_AT; taken.length < 40; now = Math.max(now, findRateInstant(rate, tatUs, 1, now))) {
          taken.push(now);
          tatUs = takeFromRate(rate, tatUs, 1, now);
        }
        for (const [first, from] of taken.entries()) {
          for (const [last, to] of taken.entries()) {
            if (last < first) continue;
            const most = rate.burst + ((to - from) * rate.count) / rate.windowMs;
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      }),
      { examples: [[{ count: 862, windowMs: 1_000, burst: 2 }]] }, // its fractions were lost
    );
  });

  test("waits no longer than its burst lasts after the clock was set back, or the rate was made faster", () => {
    const rate = { count: 80, windowMs: 60_000, burst: 10 };
    const farUs = takeFromRate({ count: 1, windowMs: 86_400_000, burst: 1 }, null, 1, START_AT);
    expect(findRateInstant(rate, farUs, 1, START_AT)).toBe(START_AT + 750);
    const beforeUs = takeFromRate(rate, null, 10, START_AT + 365 * 86_400_000);
    expect(findRateInstant(rate, beforeUs, 1, START_AT)).toBe(START_AT + 750);
  });

  test("lets more than its burst through alone, and is then paid for", () => {
    const rate = { count: 60, windowMs: 60_000, burst: 1 };
    expect(findRateInstant(rate, null, 5, START_AT)).toBe(START_AT);
    const tatUs = takeFromRate(rate, null, 5, START_AT);
    expect(findRateInstant(rate, tatUs, 5, START_AT)).toBe(START_AT + 5_000);
  });
});
