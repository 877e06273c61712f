import type { Chance } from "../core/ports.ts";

/** Node's own generator: for jitter, never for keys. */
export const systemChance: Chance = () => Math.random();

/** The same numbers for the same seed (mulberry32, public domain, by Tommy Ettinger). For tests. */
export function createSeededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
