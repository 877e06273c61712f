import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalizeJson, hashValue, toCanonicalJson } from "../../src/core/canonical-json.ts";

/** The same value with the keys of every object in the opposite order. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reverseKeys(member)]),
  );
}

test("canonical JSON and its hash do not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(toCanonicalJson(reverseKeys(value))).toBe(toCanonicalJson(value));
      expect(hashValue(reverseKeys(value))).toBe(hashValue(value));
    }),
  );
});

test("canonical JSON reads as the same JSON, and is its own canonical form", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = toCanonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalizeJson(text)).toBe(text);
    }),
  );
});

test("values that are different JSON have different texts", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const same = toCanonicalJson(one) === toCanonicalJson(other);
      expect(same).toBe(isSameJson(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))));
    }),
  );
});

function isSameJson(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const members = Object.entries(one);
  const others = new Map(Object.entries(other));
  return (
    members.length === others.size &&
    members.every(([key, member]) => others.has(key) && isSameJson(member, others.get(key)))
  );
}
