import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { LockstepError } from "../../src/core/errors.ts";
import { serializeOutput } from "../../src/core/json-value.ts";

function getRefusal(value: unknown): string {
  try {
    serializeOutput(value);
  } catch (error) {
    if (error instanceof LockstepError && error.code === "output_not_json") return error.message;
    throw error;
  }
  throw new Error("expected a refusal");
}

const CIRCLE: { name: string; inner: { back?: unknown } } = { name: "x", inner: {} };
CIRCLE.inner.back = CIRCLE;

class Point {
  x = 1;
  y = 2;
  move(): void {
    this.x++;
  }
}

describe("serializeOutput", () => {
  test.each([
    [{ a: 1, b: ["x", null, true], c: { d: undefined } }, '{"a":1,"b":["x",null,true],"c":{}}'],
    ["text", '"text"'],
    [0, "0"],
    [null, "null"],
    [[undefined], "[null]"],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [Number.NaN, "null"],
    [new Point(), '{"x":1,"y":2}'],
    [{ toJSON: () => [1] }, "[1]"],
    [new URL("http://x/"), '"http://x/"'],
    [Buffer.from("a"), '{"type":"Buffer","data":[97]}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])("writes what JSON holds: %j", (value, text) => {
    expect(serializeOutput(value)).toBe(text);
  });

  test("undefined is no output, also by toJSON", () => {
    expect(serializeOutput(undefined)).toBeUndefined();
    expect(serializeOutput({ toJSON: () => undefined })).toBeUndefined();
  });

  test("the same object twice is no circle", () => {
    const shared = { n: 1 };
    expect(serializeOutput({ one: shared, other: [shared, new Point()] })).toBe(
      '{"one":{"n":1},"other":[{"n":1},{"x":1,"y":2}]}',
    );
  });

  test("a Set is refused as the messages of the command line say", () => {
    expect(getRefusal({ seen: new Set() })).toBe(
      "returned a value JSON cannot hold: output.seen is a Set. Return [...seen].",
    );
  });

  test.each([
    ["a Map", new Map(), "output is a Map. Return Object.fromEntries(value)."],
    ["a bigint", { rows: [0, 1, 2, { at: 1n }] }, "output.rows[3].at is a bigint. Return String(at)."],
    ["a function", { a: () => 1 }, "output.a is a function. Return what it computes."],
    ["a symbol", [Symbol("x")], "output[0] is a symbol. Return value.description."],
    ["a promise", { a: Promise.resolve(1) }, "output.a is a Promise. Return await a."],
    ["a key that is no name", { "my key": new Set() }, 'output["my key"] is a Set. Return [...value].'],
    ["a Set of another realm", { a: runInNewContext("new Set()") as unknown }, "output.a is a Set. Return [...a]."],
    ["what toJSON returns", { a: { toJSON: () => ({ b: 1n }) } }, "output.a.b is a bigint. Return String(b)."],
    ["a circle", CIRCLE, "output.inner.back refers back to output. Return a copy without back."],
    ["a Set in an instance", Object.assign(new Point(), { s: new Set() }), "output.s is a Set. Return [...s]."],
  ])("%s is refused with its path", (_, value, refusal) => {
    expect(getRefusal(value)).toBe(`returned a value JSON cannot hold: ${refusal}`);
  });

  test("a value that is nested too deeply is refused, not a stack overflow", () => {
    let value: unknown = [];
    for (let depth = 0; depth < 50_000; depth++) value = [value];
    expect(getRefusal(value)).toContain("output is nested more than 1000 deep");
  });

  test("a value nested 500 deep is kept", () => {
    let value: unknown = [];
    for (let depth = 0; depth < 500; depth++) value = [value];
    expect(serializeOutput(value)).toBe(JSON.stringify(value));
  });

  test("the path begins where the caller says", () => {
    expect(() => serializeOutput({ a: 1n }, "item 3")).toThrow("item 3.a is a bigint");
  });
});
