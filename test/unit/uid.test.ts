import { expect, test } from "vitest";
import { createSeededChance, systemChance } from "../../src/platform/chance.ts";
import { createSeededUid, newUid } from "../../src/platform/uid.ts";

test("a uid is 128 bits in 26 characters that are safe in a file's name", () => {
  const uids = Array.from({ length: 1_000 }, newUid);
  for (const uid of uids) expect(uid).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
  expect(new Set(uids).size).toBe(1_000);
});

test("no bit of a uid is lost: what differs in one bit has another uid", () => {
  const texts = new Set<string>();
  for (let bit = 0; bit < 128; bit += 1) {
    let byte = 0;
    const uid = createSeededUid(() => (byte++ === bit >> 3 ? (1 << (bit & 7)) / 256 : 0));
    texts.add(uid());
  }
  expect(texts.size).toBe(128);
});

test("the same seed gives the same numbers and keys, another one gives others", () => {
  const draw = (seed: number) => {
    const chance = createSeededChance(seed);
    return [chance(), chance(), createSeededUid(chance)()];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("chance lies in [0, 1) and is spread over it", () => {
  for (const chance of [systemChance, createSeededChance(1)]) {
    const numbers = Array.from({ length: 2_000 }, chance);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, number) => sum + number, 0) / 2_000).toBeCloseTo(0.5, 1);
  }
});
