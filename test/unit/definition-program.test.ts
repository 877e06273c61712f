import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { TaskHandle } from "../../src/definition/handles.ts";
import type { DecideContext } from "../../src/definition/program.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { isWorkflow, toProgram } from "../../src/definition/workflow-mark.ts";

const context = { input: { dir: "conf" }, needs: {} } as unknown as DecideContext;

describe("the spec", () => {
  test("holds the tasks by layer, then as declared, with defaults left out", () => {
    const wf = workflow("merge");
    const a = wf.task("a", () => 1);
    const c = wf.task("c", { needs: { first: a }, priority: 0, when: "all_succeeded", allowFailure: false }, () => 3);
    const b = wf.task("b", () => 2);
    wf.task("d", { needs: [c], after: [b, a, b] }, () => 4);
    expect(toProgram(wf).spec).toEqual({
      format: 1,
      name: "merge",
      returns: { kind: "task", task: 3 },
      tasks: [
        { id: "a", kind: "function" },
        { id: "b", kind: "function" },
        { id: "c", kind: "function", needs: { first: 0 } },
        { id: "d", kind: "function", needs: { c: 2 }, after: [1, 0] },
      ],
    });
  });

  test("is plain JSON, whatever was declared", () => {
    const wf = workflow("everything", {
      description: "All of it",
      labels: { team: "data" },
      input: z.object({ dir: z.string() }),
      maxConcurrent: 3,
      onFailure: "stop",
      timeout: "2h",
      checkpoint: { every: "layer", risk: "low", timeout: "20h", onTimeout: "reject" },
      schedule: [
        {
          cron: "0 2 * * *",
          timezone: "Europe/Paris",
          catchup: "latest",
          overlap: "skip",
          jitter: "30s",
          input: { dir: "a" },
        },
        { cron: "0 0 3 * * 1", timezone: "local", from: "2026-01-01", whileWaiting: "hold" },
      ],
      resources: { ram: { capacity: 8000 }, api: { rate: "80/min", burst: 10 }, db: { slots: 4 } },
      notify: { failed: "ops" },
      secrets: ["TOKEN"],
    });
    const a = wf.task("a", { retry: { attempts: 3, backoff: "1s" }, timeout: "30s", grace: "2s", uses: ["db"] }, () => [
      "x",
    ]);
    wf.map(
      "b",
      { over: a, batch: 2, tolerate: 0.05, maxConcurrent: 5, uses: { ram: 800 }, isolation: "process" },
      () => 1,
    );
    const { spec } = toProgram(wf);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(spec).toMatchObject({
      maxConcurrent: 3,
      onFailure: "stop",
      timeoutMs: 7_200_000,
      review: { risk: "low", timeoutMs: 72_000_000, onTimeout: "reject" },
      schedules: [
        { name: "everything", cron: "0 2 * * *", jitterMs: 30_000, input: { dir: "a" } },
        { name: "everything-2", cron: "0 0 3 * * 1", timezone: "local", from: "2026-01-01" },
      ],
      resources: { ram: { capacity: 8000 }, api: { rate: 80, windowMs: 60_000, burst: 10 }, db: { slots: 4 } },
      secrets: { TOKEN: { env: "TOKEN" } },
      input: { type: "object", properties: { dir: { type: "string" } } },
    });
    expect(spec.tasks).toEqual([
      {
        id: "a",
        kind: "function",
        retry: { attempts: 3, backoffMs: 1_000, factor: 2, maxDelayMs: 300_000, jitter: 0.2 },
        timeoutMs: 30_000,
        graceMs: 2_000,
        uses: { db: 1 },
      },
      {
        id: "b",
        kind: "function",
        map: { batch: 2, tolerate: 0.05, maxConcurrent: 5 },
        uses: { ram: 800 },
        isolation: "process",
        needs: { a: 0 },
      },
    ]);
  });

  test("is made once", () => {
    const wf = workflow("once");
    wf.task("a", () => 1);
    expect(toProgram(wf)).toBe(toProgram(wf));
  });
});

describe("the result", () => {
  test("is a record of the last tasks, where there are several", () => {
    const wf = workflow("w");
    const a = wf.task("a", () => 1);
    wf.task("b", { needs: { a } }, () => 2);
    wf.task("c", { after: [a] }, () => 3);
    expect(toProgram(wf).spec.returns).toEqual({ kind: "record", tasks: { b: 1, c: 2 } });
  });

  test("is what returns says", () => {
    const wf = workflow("w");
    const a = wf.task("a", () => 1);
    const b = wf.task("b", { needs: { a } }, () => 2);
    expect(wf.returns({ one: a, two: b })).toBe(wf);
    expect(toProgram(wf).spec.returns).toEqual({ kind: "record", tasks: { one: 0, two: 1 } });
  });
});

describe("the program", () => {
  test("a list of a map is a need, under a name that is free", async () => {
    const wf = workflow("w");
    const users = wf.task("users", () => ["x"]);
    const other = wf.task("other", () => ["y"]);
    wf.map("one", { over: users, needs: { all: users } }, () => 1);
    wf.map("two", { over: users, needs: { users: other } }, () => 1);
    const { spec, tasks } = toProgram(wf);
    expect(spec.tasks.slice(2).map((task) => task.needs)).toEqual([{ all: 0 }, { users: 1, "users:list": 0 }]);
    expect(tasks[2]?.over?.({ ...context, needs: { all: ["x"] } })).toEqual(["x"]);
    expect(tasks[3]?.over?.({ ...context, needs: { users: ["y"], "users:list": ["x"] } })).toEqual(["x"]);
  });

  test("a checkpoint's functions stand beside its spec", () => {
    const wf = workflow("w");
    wf.task(
      "a",
      {
        checkpoint: {
          message: () => "Go?",
          show: { n: 1 },
          risk: "high",
          timeout: "20h",
          onTimeout: "reject",
          fields: z.object({ target: z.enum(["eu", "us"]) }),
          review: () => ({ decision: "pass" }),
          maxRisk: "medium",
        },
      },
      () => 1,
    );
    wf.task("b", { checkpoint: () => null }, () => 1);
    wf.confirm("c", { message: "Go on?" });
    const { spec, tasks } = toProgram(wf);
    expect(spec.tasks[0]?.checkpoint).toMatchObject({
      risk: "high",
      timeoutMs: 72_000_000,
      onTimeout: "reject",
      reviewed: true,
      maxRisk: "medium",
      fields: { type: "object", properties: { target: { enum: ["eu", "us"] } } },
    });
    expect(tasks[0]?.checkpoint?.message?.(context)).toBe("Go?");
    expect(tasks[0]?.checkpoint?.show?.(context)).toEqual({ n: 1 });
    expect(spec.tasks[1]?.checkpoint).toEqual({});
    expect(tasks[1]?.checkpoint?.resolve?.(context)).toBeNull();
    expect(spec.tasks[2]).toEqual({ id: "c", kind: "confirm", checkpoint: { message: "Go on?" } });
  });

  test("a command's parts are made afresh for each attempt", async () => {
    const wf = workflow("w", { input: z.object({ dir: z.string() }) });
    wf.exec(
      "a",
      {
        env: ({ input }) => ({ DIR: input.dir, N: 3 }),
        stdin: "x",
        inheritEnv: ["TOKEN"],
        cwd: "sub",
        output: "lines",
      },
      ({ input }) => ["ls", "--", input.dir, 3],
    );
    expect(await toProgram(wf).tasks[0]?.command?.(context)).toEqual({
      command: { kind: "exec", argv: ["ls", "--", "conf", "3"] },
      env: { DIR: "conf", N: "3" },
      stdin: "x",
      inheritEnv: ["TOKEN"],
      cwd: "sub",
      output: "lines",
    });
  });

  test("an argument that is no value, or holds NUL, is refused before anything is started", async () => {
    const argumentsOf = (argv: unknown) => {
      const wf = workflow("w");
      wf.exec("a", () => argv as string[]);
      return toProgram(wf).tasks[0]?.command?.(context);
    };
    await expect(argumentsOf(["ls", { a: 1 }])).rejects.toThrow(/argument 1: expected text, a number or a boolean/);
    await expect(argumentsOf(["ls", "a\0b"])).rejects.toThrow(/argument 1: holds a NUL character/);
    await expect(argumentsOf([])).rejects.toThrow(/argument 0: expected the name of a program, found nothing/);
    await expect(argumentsOf("ls -l")).rejects.toThrow(/the argument list: expected a list.*found "ls -l"/);
  });

  test("an output is checked against its schema, and stays as it was", async () => {
    const wf = workflow("w");
    wf.task("a", { output: z.object({ n: z.int().min(1) }) }, () => ({ n: 1, more: 2 }));
    const [task] = toProgram(wf).tasks;
    expect(await task?.parseOutput?.({ n: 1, more: 2 })).toEqual({ n: 1, more: 2 });
    await expect(task?.parseOutput?.({ n: 0 })).rejects.toThrow("output.n: expected an integer of at least 1, found 0");
  });

  test("children are programs by name; two of one name are refused", () => {
    const inner = workflow("inner");
    inner.task("x", () => 1);
    const wf = workflow("outer");
    wf.child("one", { workflow: inner }, () => ({}));
    wf.child("two", { workflow: inner }, () => ({}));
    expect([...(toProgram(wf).children ?? [])]).toEqual([["inner", toProgram(inner)]]);
    const other = workflow("inner");
    other.task("y", () => 1);
    const both = workflow("both");
    both.child("one", { workflow: inner }, () => ({}));
    both.child("two", { workflow: other }, () => ({}));
    expect(() => toProgram(both)).toThrow('task "two": another child workflow is named "inner" too. Rename one.');
  });

  test("a workflow that another copy of the package made is one", () => {
    const program = { spec: { name: "far" } };
    const far = { name: "far", [Symbol.for("lockstep.workflow")]: { format: 1, toProgram: () => program } };
    expect(isWorkflow(far)).toBe(true);
    expect(toProgram(far)).toBe(program);
    expect(isWorkflow({ name: "near" })).toBe(false);
  });
});

test("100,000 tasks are declared and planned in a second or two, on a machine that does other things, too", () => {
  const start = process.cpuUsage();
  const wf = workflow("wide");
  let previous: TaskHandle = wf.task("t", () => 0);
  for (let at = 1; at < 100_000; at++) previous = wf.task(`t${at}`, { needs: { previous }, timeout: "30s" }, () => at);
  expect(toProgram(wf).spec.tasks).toHaveLength(100_000);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(4_000);
  expect(() => workflow("w2").task("a", () => 1)).not.toThrow();
});
