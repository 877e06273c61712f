import { describe, expect, test } from "vitest";
import { canonicalizeJson, hashText, hashValue, toCanonicalJson } from "../../src/core/canonical-json.ts";

describe("toCanonicalJson", () => {
  test("sorts the keys at every depth and keeps the order of lists", () => {
    expect(toCanonicalJson({ b: [{ z: 1, a: 2 }, 3], a: { d: null, c: "x" } })).toBe(
      '{"a":{"c":"x","d":null},"b":[{"a":2,"z":1},3]}',
    );
  });

  test("sorts by UTF-16 code units, as the example of RFC 8785 does", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(toCanonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  test("writes numbers as the example of RFC 8785 does", () => {
    const numbers = [JSON.parse("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
    expect(toCanonicalJson(numbers)).toBe("[333333333.3333333,1e+30,4.5,0.002,1e-27,0]");
  });

  test("takes what JSON takes: dates as text, NaN as null, no undefined members", () => {
    expect(toCanonicalJson({ at: new Date(0), n: Number.NaN, none: undefined, list: [undefined] })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z","list":[null],"n":null}',
    );
  });

  test("keeps a key named __proto__", () => {
    expect(canonicalizeJson('{"b":1,"__proto__":{"x":2}}')).toBe('{"__proto__":{"x":2},"b":1}');
  });

  test.each([[undefined], [() => 1], [Symbol("s")]])("refuses what has no JSON text", (value) => {
    expect(() => toCanonicalJson(value)).toThrow(TypeError);
  });
});

describe("hashes", () => {
  test("hashText is SHA-256 over UTF-8", () => {
    expect(hashText("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(hashText("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
  });

  test("hashValue does not see the order of keys, and sees the order of lists", () => {
    expect(hashValue({ a: 1, b: [1, 2] })).toBe(hashValue({ b: [1, 2], a: 1 }));
    expect(hashValue({ a: 1, b: [1, 2] })).not.toBe(hashValue({ a: 1, b: [2, 1] }));
  });
});
