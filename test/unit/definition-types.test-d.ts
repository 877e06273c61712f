/** What the builder infers and refuses. Checked by `npm run types`: a line that should not compile says so. */

import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { sh, type TaskHandle, type Workflow, workflow } from "../../src/index.ts";

const wf = workflow("typed", { input: z.object({ dir: z.string(), count: z.number().default(3), at: z.date() }) });
const a = wf.task("a", ({ input }) => ({ lines: input.dir.length, at: new Date() }));
const b = wf.task("b", { timeout: "3s" }, async () => ["x"]);
const nothing = wf.task("nothing", async () => {});

test("the input is the schema's output, as JSON holds it; callers give what the schema takes", () => {
  wf.task("t1", ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ dir: string; count: number; at: string }>();
  });
  expectTypeOf(wf).toExtend<Workflow<{ dir: string; count?: number; at: Date }>>();
  workflow("untyped").task("t", ({ input }) => expectTypeOf(input).toBeUnknown());
});

test("what a task returns is its output as JSON holds it", () => {
  expectTypeOf(a).toEqualTypeOf<TaskHandle<"a", { lines: number; at: string }>>();
  expectTypeOf(b).toEqualTypeOf<TaskHandle<"b", string[]>>();
  expectTypeOf(nothing).toEqualTypeOf<TaskHandle<"nothing", undefined>>();
});

test("needs are outputs by the names of a record, or by the ids of a list", () => {
  wf.task("t2", { needs: { first: a, b } }, ({ needs }) => {
    expectTypeOf(needs).toEqualTypeOf<{ readonly first: { lines: number; at: string }; readonly b: string[] }>();
  });
  wf.task("t3", { needs: [a, b] }, ({ needs }) => {
    expectTypeOf(needs).toEqualTypeOf<{ readonly a: { lines: number; at: string }; readonly b: string[] }>();
  });
  // @ts-expect-error there is no need of that name
  wf.task("t4", { needs: { a } }, ({ needs }) => needs.b);
  // @ts-expect-error no needs at all
  wf.task("t5", ({ needs }) => needs.a);
});

test("a need may be undefined where its task may have no output", () => {
  const maybe = wf.task("maybe", { needs: { a }, if: ({ needs }) => needs.a.lines > 1 }, () => 1);
  const leave = wf.task("leave", { allowFailure: true }, () => 1);
  const sure = wf.task("sure", { allowFailure: false }, () => 1);
  expectTypeOf(maybe).toEqualTypeOf<TaskHandle<"maybe", number | undefined>>();
  expectTypeOf(leave).toEqualTypeOf<TaskHandle<"leave", number | undefined>>();
  expectTypeOf(sure).toEqualTypeOf<TaskHandle<"sure", number>>();
  wf.task("t6", { needs: { b }, when: "all_done" }, ({ needs }) => {
    expectTypeOf(needs.b).toEqualTypeOf<string[] | undefined>();
  });
  wf.task("t7", { needs: { b }, when: "any_failed" }, ({ needs }) => {
    expectTypeOf(needs.b).toEqualTypeOf<string[] | undefined>();
  });
  wf.task("t8", { needs: { b }, when: "all_succeeded" }, ({ needs }) => {
    expectTypeOf(needs.b).toEqualTypeOf<string[]>();
  });
});

test("a map's item is typed by its list, and its output is a list", () => {
  const sizes = wf.map("sizes", { over: b }, ({ item, index }) => {
    expectTypeOf(item).toEqualTypeOf<string>();
    expectTypeOf(index).toEqualTypeOf<number>();
    return item.length;
  });
  expectTypeOf(sizes).toEqualTypeOf<TaskHandle<"sizes", number[]>>();
  wf.map("batches", { over: b, batch: 10, label: ({ item }) => item[0] ?? "" }, ({ item }) => {
    expectTypeOf(item).toEqualTypeOf<string[]>();
  });
  wf.map("chunks", { over: b, chunks: 10 }, ({ item }) => {
    expectTypeOf(item).toEqualTypeOf<string[]>();
  });
  const some = wf.map(
    "some",
    { needs: { a }, over: ({ needs, input }) => [{ at: new Date(), n: needs.a.lines + input.count }], tolerate: 0.1 },
    ({ item }) => {
      expectTypeOf(item).toEqualTypeOf<{ at: string; n: number }>();
      return item.n;
    },
  );
  expectTypeOf(some).toEqualTypeOf<TaskHandle<"some", (number | null)[]>>();
  // @ts-expect-error not a list
  wf.map("no_list", { over: a }, () => 1);
});

test("what JSON cannot hold is a compile error", () => {
  // @ts-expect-error a Set
  wf.task("set", () => ({ seen: new Set([1]) }));
  // @ts-expect-error a Map
  wf.task("map", async () => new Map<string, string>());
  // @ts-expect-error a bigint
  wf.task("big", { timeout: "1s" }, () => ({ rows: [{ size: 1n }] }));
  // @ts-expect-error a function
  wf.task("fn", () => ({ run: () => 1 }));
  // @ts-expect-error a Set, of each item
  wf.map("sets", { over: b }, ({ item }) => new Set([item]));
});

test("wrong options are compile errors", () => {
  // @ts-expect-error misspelled
  wf.task("o1", { timeoot: "3s" }, () => 1);
  // @ts-expect-error a number is no duration
  wf.task("o2", { timeout: 30 }, () => 1);
  // @ts-expect-error no such trigger
  wf.task("o3", { when: "sometimes" }, () => 1);
  // @ts-expect-error attempts are required
  wf.task("o4", { retry: { backoff: "1s" } }, () => 1);
  // @ts-expect-error a need is a handle
  wf.task("o5", { needs: { a: "a" } }, () => 1);
  // @ts-expect-error no such strategy
  workflow("o6", { strategy: "random" });
  // @ts-expect-error no such catch-up
  workflow("o7", { schedule: { cron: "0 2 * * *", catchup: "some" } });
});

test("a checkpoint's functions see the needs, and its fields become answers", () => {
  wf.task(
    "asked",
    {
      needs: { a },
      checkpoint: {
        message: ({ needs, input }) => `${needs.a.lines} in ${input.dir}?`,
        show: ({ needs }) => needs.a,
        risk: "high",
        fields: z.object({ target: z.enum(["eu", "us"]) }),
      },
    },
    ({ answers }) => expectTypeOf(answers).toEqualTypeOf<{ target: "eu" | "us" }>(),
  );
  wf.task("not_asked", ({ answers }) => expectTypeOf(answers).toEqualTypeOf<undefined>());
  wf.task(
    "perhaps",
    { needs: { a }, checkpoint: ({ needs }) => (needs.a.lines > 3 ? { message: "Go?" } : null) },
    () => 1,
  );
  const gate = wf.confirm("gate", {
    needs: { a },
    message: ({ needs }) => `${needs.a.at}?`,
    fields: z.object({ n: z.int() }),
  });
  expectTypeOf(gate).toEqualTypeOf<TaskHandle<"gate", { n: number }>>();
});

test("commands: needs in scripts, arguments and environment; outputs by their mode", () => {
  const list = wf.shell(
    "list",
    { output: "lines", needs: { b } },
    ({ needs, input }) => sh`ls ${needs.b} ${input.dir}`,
  );
  expectTypeOf(list).toEqualTypeOf<TaskHandle<"list", string[]>>();
  const text = wf.exec("text", { output: "text", env: ({ input }) => ({ DIR: input.dir }) }, () => ["cat", 3]);
  expectTypeOf(text).toEqualTypeOf<TaskHandle<"text", string>>();
  const json = wf.exec("json", { output: z.object({ n: z.number() }) }, ({ input }) => ["jq", input.dir]);
  expectTypeOf(json).toEqualTypeOf<TaskHandle<"json", { n: number }>>();
  // @ts-expect-error text is not a script: sh`…` is
  wf.shell("raw", () => "rm -rf /");
  // @ts-expect-error a record is not a value
  wf.shell("record", ({ input }) => sh`echo ${input}`);
});

test("a child takes its workflow's input and gives its result", () => {
  const inner = workflow("inner", { input: z.object({ n: z.number() }) });
  const typed = inner.returns(inner.task("double", ({ input }) => input.n * 2));
  expectTypeOf(typed).toEqualTypeOf<Workflow<{ n: number }, number>>();
  const child = wf.child("child", { workflow: typed, needs: { a } }, ({ needs }) => ({ n: needs.a.lines }));
  expectTypeOf(child).toEqualTypeOf<TaskHandle<"child", number>>();
  const dated = workflow("dated");
  const result = dated.returns({ at: dated.task("now", () => ({ now: new Date() })) });
  const nested = wf.child("dated", { workflow: result, allowFailure: true }, () => undefined);
  expectTypeOf(nested).toExtend<TaskHandle<"dated", { at: { now: string } } | undefined>>();
  // @ts-expect-error the child's input has an n
  wf.child("wrong", { workflow: typed }, () => ({ m: 1 }));
});

test("the result of a run is that of a task, or a record", () => {
  expectTypeOf(wf.returns(b)).toEqualTypeOf<Workflow<z.input<typeof schema>, string[]>>();
  expectTypeOf(wf.returns({ a, b })).toExtend<Workflow<never, { a: { lines: number; at: string }; b: string[] }>>();
});

declare const schema: z.ZodObject<{ dir: z.ZodString; count: z.ZodDefault<z.ZodNumber>; at: z.ZodDate }>;

test("secrets are known by the names that the workflow declares", () => {
  const wf = workflow("a", { input: z.object({ a: z.string() }), secrets: ["TOKEN", "KEY"] });
  wf.task("function", ({ secrets }) =>
    expectTypeOf(secrets).toEqualTypeOf<{ readonly TOKEN: string; readonly KEY: string }>(),
  );
  wf.shell(
    "script",
    { env: ({ secrets }) => ({ A: secrets.TOKEN }), stdin: ({ secrets }) => secrets.KEY },
    () => sh`true`,
  );
  wf.http("request", ({ secrets }) => ({ url: "https://localhost", headers: { authorization: secrets.TOKEN } }));
  wf.map("map", { over: () => [1] }, ({ item, secrets }) => item + secrets.KEY.length);
  // @ts-expect-error no such secret
  wf.task("unknown", ({ secrets }) => secrets.OTHER);
  // @ts-expect-error what decides needs none
  wf.task("decides", { if: ({ secrets }) => secrets.TOKEN }, () => 1);
  const sources = workflow("b", { secrets: { FILE: { file: "a" }, CMD: { command: ["pass", "a"] } } });
  sources.task("function", ({ secrets }) => expectTypeOf(secrets.FILE).toEqualTypeOf<string>());
  // @ts-expect-error a workflow without secrets has none
  workflow("c").task("none", ({ secrets }) => secrets.TOKEN);
});
