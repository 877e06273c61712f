import { describe, expectTypeOf, test } from "vitest";
import type { JsonAccepted, Jsonify, NotJson } from "../../src/core/jsonify.ts";

interface Tree {
  name: string;
  at: Date;
  children: Tree[];
}

/** The pattern of the builder: infers what is returned, refuses what JSON cannot hold. */
function task<R>(run: () => R & JsonAccepted<Awaited<R>>): Jsonify<Awaited<R>> {
  return run as unknown as Jsonify<Awaited<R>>;
}

describe("Jsonify", () => {
  test("keeps what JSON keeps", () => {
    expectTypeOf<Jsonify<{ a: number; b: readonly string[]; c: { d: boolean | null } }>>().toEqualTypeOf<{
      a: number;
      b: string[];
      c: { d: boolean | null };
    }>();
    expectTypeOf<Jsonify<"x" | 1>>().toEqualTypeOf<"x" | 1>();
    expectTypeOf<Jsonify<unknown>>().toEqualTypeOf<unknown>();
    expectTypeOf<Jsonify<{ value: unknown }>>().toEqualTypeOf<{ value: unknown }>();
  });

  test("turns a Date into a string, wherever it is", () => {
    expectTypeOf<Jsonify<Date>>().toEqualTypeOf<string>();
    expectTypeOf<Jsonify<{ rows: { at: Date | null }[] }>>().toEqualTypeOf<{ rows: { at: string | null }[] }>();
    expectTypeOf<Jsonify<{ url: URL }>>().toEqualTypeOf<{ url: string }>();
  });

  test("makes what may be undefined an optional key, and null in lists", () => {
    expectTypeOf<Jsonify<{ a?: Date; b: number | undefined; c: string }>>().toEqualTypeOf<{
      a?: string;
      b?: number;
      c: string;
    }>();
    expectTypeOf<Jsonify<(number | undefined)[]>>().toEqualTypeOf<(number | null)[]>();
    expectTypeOf<Jsonify<undefined>>().toEqualTypeOf<undefined>();
    expectTypeOf<Jsonify<void>>().toEqualTypeOf<undefined>();
  });

  test("keeps tuples, records and recursive types", () => {
    expectTypeOf<Jsonify<readonly [Date, number]>>().toEqualTypeOf<[string, number]>();
    expectTypeOf<Jsonify<Record<string, Date>>>().toEqualTypeOf<Record<string, string>>();
    expectTypeOf<Jsonify<Tree>["children"][number]["at"]>().toEqualTypeOf<string>();
  });

  test("is never for what JSON cannot hold", () => {
    expectTypeOf<Jsonify<Map<string, number>>>().toEqualTypeOf<never>();
    expectTypeOf<Jsonify<bigint>>().toEqualTypeOf<never>();
    expectTypeOf<Jsonify<() => void>>().toEqualTypeOf<never>();
  });
});

describe("JsonAccepted", () => {
  test("accepts what JSON holds, recursive types included", () => {
    expectTypeOf<JsonAccepted<{ a: Date; b?: string[] }>>().toEqualTypeOf<unknown>();
    expectTypeOf<JsonAccepted<Tree>>().toEqualTypeOf<unknown>();
    expectTypeOf<JsonAccepted<void>>().toEqualTypeOf<unknown>();
    expectTypeOf<JsonAccepted<{ a: unknown }>>().toEqualTypeOf<unknown>();
  });

  test("names the place and the kind of what it refuses", () => {
    expectTypeOf<JsonAccepted<{ seen: Set<string> }>>().toEqualTypeOf<NotJson<"output.seen is a Set">>();
    expectTypeOf<JsonAccepted<{ rows: { at: bigint }[] }>>().toEqualTypeOf<NotJson<"output.rows[].at is a bigint">>();
    expectTypeOf<JsonAccepted<Map<string, string>>>().toEqualTypeOf<NotJson<"output is a Map">>();
    expectTypeOf<JsonAccepted<{ run(): void }>>().toEqualTypeOf<NotJson<"output.run is a function">>();
  });

  test("in the place of a result it infers the right return and refuses the wrong one", () => {
    expectTypeOf(task(() => ({ at: new Date(0), n: 1 }))).toEqualTypeOf<{ at: string; n: number }>();
    expectTypeOf(task(async () => [1, 2])).toEqualTypeOf<number[]>();
    expectTypeOf(task(() => undefined)).toEqualTypeOf<undefined>();
    expectTypeOf(task(async () => {})).toEqualTypeOf<undefined>();
    // @ts-expect-error output.seen is a Set
    task(() => ({ seen: new Set<string>() }));
    // @ts-expect-error output is a Map
    task(async () => new Map<string, number>());
    // @ts-expect-error output.big is a bigint
    task(() => ({ big: 1n }));
    // @ts-expect-error output is a function
    task(() => () => 1);
  });
});
