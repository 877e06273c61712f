import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { InvalidInputError, NonRetryableError } from "../../src/core/errors.ts";
import type { TaskSpec } from "../../src/core/workflow-spec.ts";
import type { TaskContext, TaskProgram, WorkflowProgram } from "../../src/definition/program.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import { ENGINE_STOPS } from "../../src/runners/program-host.ts";
import type { Assignment, Outcome } from "../../src/runners/runner.ts";
import { createAssignment, createProgram, NEVER } from "../support/assignments.ts";
import { ManualClock } from "../support/manual-clock.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function prepare(task: TaskProgram, spec: Partial<TaskSpec> = {}) {
  const clock = new ManualClock();
  const program = createProgram(task, spec);
  const runner = createInProcessRunner({ clock, findProgram: () => program });
  const assign = (change: Partial<Assignment> = {}) => createAssignment(program.spec, change);
  const run = (change: Partial<Assignment> = {}, signal = NEVER) => runner.execute(assign(change), signal);
  return { clock, runner, assign, run };
}

function getError(outcome: Outcome): { message: string; code?: string; name: string } {
  if (outcome.kind !== "failed") throw new Error(`expected a failure, found ${JSON.stringify(outcome)}`);
  return outcome.error;
}

describe("a function", () => {
  test("is given fresh values and its result is JSON text", async () => {
    const { run } = prepare({
      body: ({ input, needs, item, index, attempt, idempotencyKey, scheduledAt, run: facts }) => ({
        input,
        needs,
        item,
        index,
        attempt,
        idempotencyKey,
        scheduledAt,
        task: facts.task,
      }),
    });
    const outcome = await run({
      inputJson: '{"dir":"conf"}',
      needsJson: { a: "[1]", gone: null },
      itemJson: '"x"',
      index: 3,
      idempotencyKey: "u:work:3:1",
    });
    expect(outcome).toEqual({
      kind: "succeeded",
      output:
        '{"input":{"dir":"conf"},"needs":{"a":[1]},"item":"x","index":3,"attempt":1,"idempotencyKey":"u:work:3:1","scheduledAt":"2026-11-24T02:30:00+01:00","task":"work"}',
    });
  });

  test("that returns nothing has no output", async () => {
    expect(await prepare({ body: () => undefined }).run()).toEqual({ kind: "succeeded", output: null });
    expect(await prepare({ body: async () => null }).run()).toEqual({ kind: "succeeded", output: "null" });
  });

  test("may spread and change a large input without touching another's", async () => {
    const inputJson = JSON.stringify({ text: "x".repeat(50_000) });
    const seen: unknown[] = [];
    const { run } = prepare({
      body: (context) => {
        const copy = { ...context };
        (copy.input as { text: string }).text = "changed";
        seen.push((copy.input as { text: string }).text.length, copy.signal instanceof AbortSignal);
        return null;
      },
    });
    await run({ inputJson });
    await run({ inputJson });
    expect(seen).toEqual([7, true, 7, true]);
  });

  test("that throws fails with what it threw, and may be tried again", async () => {
    const outcome = await prepare({ body: () => Promise.reject(new TypeError("bad", { cause: "why" })) }).run();
    expect(outcome).toMatchObject({ kind: "failed", status: "failed", retryable: true });
    expect(getError(outcome)).toMatchObject({ name: "TypeError", message: "bad", cause: { message: "why" } });
  });

  test.each([
    [
      "sync",
      () => {
        throw new NonRetryableError("no use");
      },
    ],
    [
      "async",
      async () => {
        throw Object.assign(new Error("no use"), { name: "NonRetryableError" });
      },
    ],
  ])("that throws NonRetryableError is not tried again (%s)", async (_, body) => {
    expect(await prepare({ body }).run()).toMatchObject({ kind: "failed", retryable: false });
  });

  test("that returns what JSON cannot hold fails with the path and what to return", async () => {
    const outcome = await prepare({ body: () => ({ seen: new Set([1]) }) }, { id: "fetch" }).run();
    expect(getError(outcome).message).toBe(
      'Task "fetch" returned a value JSON cannot hold: output.seen is a Set. Return [...seen].',
    );
    expect(outcome).toMatchObject({ retryable: false });
  });

  test("that returns more than 1 MiB fails and says what to do", async () => {
    const just = await prepare({ body: () => "x".repeat(1_048_574) }).run();
    expect(just.kind).toBe("succeeded");
    const outcome = await prepare({ body: async () => "x".repeat(1_048_575) }, { id: "dump" }).run();
    expect(getError(outcome).message).toBe(
      'Task "dump" wrote more than 1 MiB of output. Write the data to a file and return its path, or set output: none.',
    );
  });

  test("whose result does not pass its schema fails", async () => {
    const parseOutput = async (value: unknown) => {
      if (typeof value !== "number") throw new Error("expected a number");
      return value + 1;
    };
    expect(await prepare({ body: () => 1, parseOutput }).run()).toEqual({ kind: "succeeded", output: "2" });
    expect(getError(await prepare({ body: () => "a", parseOutput }).run()).message).toBe("expected a number");
  });

  test("that the file no longer has fails and is not tried again; one that moved is found by its name", async () => {
    const { run, assign } = prepare({ body: () => "found" });
    const spec = assign().spec;
    expect(await run({ spec: { ...spec, id: "gone" } })).toMatchObject({
      kind: "failed",
      retryable: false,
      error: { code: "task_missing" },
    });
    expect(await run({ spec, taskIndex: 0 })).toMatchObject({ output: '"found"' });
  });

  test("writes its log with the instant of each line, readable for the owner alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-log-"));
    folders.push(folder);
    const logPath = join(folder, "1", "work.log");
    const { run, clock } = prepare({
      body: ({ log }) => {
        log("first", { a: 1 });
        log("two\nlines");
      },
    });
    const outcome = await run({ logPath });
    const at = clock.now();
    const text = `${at} o first { a: 1 }\n${at} o two\n${at} o lines\n`;
    expect(readFileSync(logPath, "utf8")).toBe(text);
    expect(statSync(logPath).mode & 0o777).toBe(0o600);
    expect(outcome).toEqual({ kind: "succeeded", output: null, logBytes: text.length });
  });
});

describe("the end of a function", () => {
  const untilAborted = ({ signal }: TaskContext) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  test("comes with its timeout, and may be tried again", async () => {
    const { run, clock } = prepare({ body: untilAborted }, { timeoutMs: 30_000 });
    const outcome = run();
    clock.advance(30_000);
    expect(await outcome).toMatchObject({ status: "timed_out", retryable: true });
    expect(getError(await outcome).message).toBe("did not end within 30s");
    expect(clock.pending).toBe(0);
  });

  test("comes with a cancel", async () => {
    const { run, clock } = prepare({ body: untilAborted });
    const controller = new AbortController();
    const outcome = run({}, controller.signal);
    controller.abort();
    expect(await outcome).toMatchObject({ kind: "failed", status: "canceled", retryable: false });
    expect(clock.pending).toBe(0);
  });

  test("is a success when it was done although it was canceled", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const controller = new AbortController();
    const outcome = prepare({ body: () => promise }).run({}, controller.signal);
    controller.abort();
    resolve("done");
    expect(await outcome).toEqual({ kind: "succeeded", output: '"done"' });
  });

  test("is an interruption when the engine stops", async () => {
    const { run, runner } = prepare({ body: untilAborted });
    const controller = new AbortController();
    const one = run({}, controller.signal);
    const other = run();
    controller.abort(ENGINE_STOPS);
    expect(await one).toMatchObject({ kind: "interrupted" });
    await runner.close();
    expect(await other).toMatchObject({ kind: "interrupted" });
    expect(await run()).toMatchObject({ kind: "interrupted" });
    await runner.close();
  });

  test("is given up after the grace period when it ignores its signal, and its next attempt waits for it", async () => {
    const first = Promise.withResolvers<void>();
    const bodies = [() => first.promise, () => "second"];
    const { run, clock } = prepare({ body: () => bodies.shift()?.() }, { timeoutMs: 1_000, graceMs: 500 });
    const outcome = run({ idempotencyKey: "u:work::1" });
    clock.advance(1_500);
    expect(await outcome).toMatchObject({ kind: "failed", status: "unresponsive", retryable: false });
    const next = run({ idempotencyKey: "u:work::2" });
    expect(await run({ idempotencyKey: "other:work::1" })).toMatchObject({ output: '"second"' });
    bodies.push(() => "third");
    expect(await Promise.race([next, Promise.resolve("waits")])).toBe("waits");
    first.resolve();
    expect(await next).toMatchObject({ output: '"third"' });
  });

  test("a function without a promise sets no timer", async () => {
    const { run, clock } = prepare({ body: () => clock.pending }, { timeoutMs: 1_000 });
    expect(await run()).toMatchObject({ output: "0" });
    expect(clock.pending).toBe(0);
  });
});

describe("what is decided before the body", () => {
  test("a false condition skips", async () => {
    const { run } = prepare({ condition: ({ input }) => (input as { on: boolean }).on, body: () => 1 });
    expect(await run({ inputJson: '{"on":false}' })).toEqual({ kind: "skipped" });
    expect(await run({ inputJson: '{"on":true}' })).toMatchObject({ kind: "succeeded" });
  });

  test("a loop in a condition ends with the task's timeout", async () => {
    const { run, clock } = prepare({ condition: () => new Promise(() => {}), body: () => 1 }, { timeoutMs: 1_000 });
    const outcome = run();
    clock.advance(6_000);
    expect(await outcome).toMatchObject({ kind: "failed", status: "unresponsive" });
  });

  test("a checkpoint asks, and asks no more once it is approved", async () => {
    const { run } = prepare(
      {
        body: () => "sent",
        checkpoint: { message: ({ input }) => `Send to ${(input as { to: string }).to}?`, show: () => ({ n: 2 }) },
      },
      { checkpoint: { risk: "high", timeoutMs: 5_000, onTimeout: "reject" } },
    );
    const inputJson = '{"to":"ops"}';
    expect(await run({ inputJson })).toEqual({
      kind: "asks",
      question: {
        message: "Send to ops?",
        risk: "high",
        showJson: '{"n":2}',
        resolvedJson: null,
        timeoutMs: 5_000,
        onTimeout: "reject",
      },
    });
    expect(await run({ inputJson, approved: true })).toEqual({ kind: "succeeded", output: '"sent"' });
  });

  test("a checkpoint as a whole function asks what it returns, or nothing", async () => {
    const resolve = ({ input }: { input: unknown }) =>
      input === null ? null : { message: "Really?", timeout: "2h", risk: "low" as const };
    const { run } = prepare({ body: () => 1, checkpoint: { resolve } }, { checkpoint: {} });
    expect(await run({ inputJson: "null" })).toMatchObject({ kind: "succeeded" });
    expect(await run()).toMatchObject({
      kind: "asks",
      question: { message: "Really?", risk: "low", timeoutMs: 7_200_000, onTimeout: "hold" },
    });
  });

  test("a checkpoint whose condition is false does not ask", async () => {
    const { run } = prepare({ body: () => 1, checkpoint: { condition: async () => false } }, { checkpoint: {} });
    expect(await run()).toMatchObject({ kind: "succeeded" });
  });

  test("an approved confirm is done, with its answers", async () => {
    const { run } = prepare({}, { kind: "confirm", checkpoint: { message: "Go?" } });
    expect(await run()).toMatchObject({ kind: "asks", question: { message: "Go?", risk: "medium" } });
    expect(await run({ approved: true, answersJson: '{"n":1}' })).toEqual({ kind: "succeeded", output: '{"n":1}' });
  });

  test("a child workflow is given its input, checked and completed where its program is", async () => {
    const child = {
      ...createProgram({ body: () => 1 }),
      parseInput: (value: unknown) => {
        if (typeof value === "object" && value !== null && "a" in value) return { ...value, b: 2 };
        throw new InvalidInputError('input "a": is required');
      },
    };
    const runWith = (program: WorkflowProgram, input: unknown) => {
      const findProgram = (hash: string, name: string) =>
        hash === "" ? (name === "known" ? child : undefined) : program;
      const runner = createInProcessRunner({ clock: new ManualClock(), findProgram });
      return runner.execute(createAssignment(program.spec, { inputJson: JSON.stringify(input) }), NEVER);
    };
    const parent = (name: string) =>
      createProgram({ childInput: ({ input }) => input }, { kind: "child", child: name });
    const held = { ...parent("held"), children: new Map([["held", child]]) };
    const started = { kind: "child", inputJson: '{"a":1,"b":2}', workflow: { name: "sample" } };
    expect(await runWith(held, { a: 1 })).toMatchObject(started);
    expect(await runWith(parent("known"), { a: 1 })).toMatchObject(started);
    expect(getError(await runWith(held, {}))).toMatchObject({
      code: "child_input",
      message: 'the input for its child workflow "sample": input "a": is required',
    });
    const missing = await runWith(parent("unknown"), {});
    expect(missing).toMatchObject({ kind: "failed", retryable: false, error: { code: "child_missing" } });
  });
});

describe("a map", () => {
  const over = ({ input }: { input: unknown }) => input;
  const expand = (spec: Partial<TaskSpec>, list: unknown, task: TaskProgram = {}) =>
    prepare({ over, body: ({ item }) => item, ...task }, { map: {}, ...spec }).run({
      step: "expand",
      inputJson: JSON.stringify(list),
    });

  test("becomes its items, in order, with names", async () => {
    expect(await expand({}, ["a", { b: 1 }, null])).toEqual({
      kind: "expanded",
      items: ['"a"', '{"b":1}', "null"],
      labels: null,
    });
    expect(await expand({}, ["a", "b"], { label: async ({ item, index }) => `${index}: ${item}` })).toMatchObject({
      labels: ["0: a", "1: b"],
    });
  });

  test("in batches or chunks gives lists", async () => {
    const list = [1, 2, 3, 4, 5, 6, 7];
    expect(await expand({ map: { batch: 3 } }, list)).toMatchObject({ items: ["[1,2,3]", "[4,5,6]", "[7]"] });
    expect(await expand({ map: { chunks: 3 } }, list)).toMatchObject({ items: ["[1,2,3]", "[4,5]", "[6,7]"] });
    expect(await expand({ map: { chunks: 10 } }, [1, 2])).toMatchObject({ items: ["[1]", "[2]"] });
    expect(await expand({ map: { chunks: 4 } }, [])).toMatchObject({ items: [] });
  });

  test("over what is no list fails and says what was found", async () => {
    expect(getError(await expand({ id: "each" }, { a: 1 })).message).toBe(
      'Task "each" needs a list to map over, found an object.',
    );
  });

  test("over too long a list fails and names the limit", async () => {
    const outcome = await expand({ map: { maxItems: 2 } }, [1, 2, 3]);
    expect(getError(outcome).message).toBe(
      'Task "work" maps over 3 items, more than its maxItems of 2. Set maxItems, or check the list.',
    );
    expect(outcome).toMatchObject({ retryable: false });
    const many = await expand(
      {},
      Array.from({ length: 10_001 }, () => 0),
    );
    expect(getError(many).code).toBe("too_many_items");
  });

  test("asks once before it expands, showing its list; with `each`, before every instance", async () => {
    const checkpoint = { message: "Delete?" };
    expect(await expand({ checkpoint }, ["a"])).toMatchObject({
      kind: "asks",
      question: { message: "Delete?", resolvedJson: '["a"]' },
    });
    const instance = { index: 0, itemJson: '"a"' };
    const once = prepare({ over, body: () => 1 }, { map: {}, checkpoint });
    expect(await once.run(instance)).toMatchObject({ kind: "succeeded" });
    const each = prepare({ over, body: () => 1 }, { map: {}, checkpoint: { ...checkpoint, each: true } });
    expect(await each.run({ step: "expand", inputJson: "[1]" })).toMatchObject({ kind: "expanded" });
    expect(await each.run(instance)).toMatchObject({ kind: "asks", question: { resolvedJson: '"a"' } });
  });
});
