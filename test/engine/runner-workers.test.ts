import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { ModuleDescription } from "../../src/runners/describe-module.ts";
import { ENGINE_STOPS } from "../../src/runners/program-host.ts";
import type { Assignment, Outcome } from "../../src/runners/runner.ts";
import { createWorkerRunner } from "../../src/runners/worker-runner.ts";
import { createAssignment, NEVER } from "../support/assignments.ts";
import { isAlive, waitUntil } from "../support/wait-until.ts";

const FILE = join(import.meta.dirname, "../support/fixtures/deaths.ts");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-workers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { runner, host } = createWorkerRunner({ clock: systemClock, cores: 2, engineUid: "test-workers" });
let spec: WorkflowSpec;
let description: ModuleDescription;

beforeAll(async () => {
  const described = await host.describeModule(FILE);
  if (!described.ok) throw new Error(described.error.message);
  description = described.description;
  spec = JSON.parse(description.specJson) as WorkflowSpec;
});
afterAll(async () => {
  await runner.close();
  await runner.close();
  expect(host.listPids()).toEqual([]);
});

function assign(id: string, change: Partial<Assignment> = {}): Assignment {
  const taskIndex = spec.tasks.findIndex((task) => task.id === id);
  return createAssignment(spec, { taskIndex, definitionHash: description.definitionHash, ...change });
}

function run(id: string, change: Partial<Assignment> = {}, signal = NEVER): Promise<Outcome> {
  return runner.execute(assign(id, change), signal);
}

/** Begins an attempt that waits; `finish` lets it go on. */
async function beginWait(name: string, signal = NEVER) {
  const go = join(folder, `${name}-go`);
  const begun = join(folder, `${name}-begun`);
  const outcome = run("wait", { inputJson: JSON.stringify({ go, begun }) }, signal);
  await waitUntil(() => existsSync(begun), `${name} has begun`);
  return { outcome, finish: () => writeFileSync(go, "") };
}

describe("a worker", () => {
  test("runs a function in another process and keeps what it prints", async () => {
    const logPath = join(folder, "fine.log");
    const outcome = await run("fine", { logPath });
    expect(outcome).toMatchObject({ kind: "succeeded", logBytes: expect.any(Number) });
    expect(outcome.kind === "succeeded" && Number(outcome.output)).not.toBe(process.pid);
    const lines = readFileSync(logPath, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/^\d+ /, ""))).toEqual([
      "o from log",
      "o from console.log",
      "e from console.error",
      "o from stdout",
    ]);
  });

  test("takes many attempts at once", async () => {
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => run("fine")));
    expect(outcomes.every(({ kind }) => kind === "succeeded")).toBe(true);
    expect(host.listPids().length).toBeLessThanOrEqual(2);
  });

  test("says which file is wrong, and where", async () => {
    const file = join(folder, "broken.ts");
    writeFileSync(file, "export default 1;\n");
    expect(await host.describeModule(file)).toMatchObject({ ok: false, error: { code: "no_workflow", exitCode: 2 } });
    writeFileSync(join(folder, "exits.mjs"), "process.exit(4);\n");
    const ended = await host.describeModule(join(folder, "exits.mjs"));
    expect(!ended.ok && ended.error.message).toMatch(/exit code 4/);
  });

  test("checks an input", async () => {
    expect(await host.parseInput(description.definitionHash, '{"a":1}')).toEqual({ ok: true, json: '{"a":1}' });
  });

  test("ends an attempt at its cancel, and is there for the next", async () => {
    const controller = new AbortController();
    const { outcome } = await beginWait("canceled", controller.signal);
    controller.abort();
    expect(await outcome).toMatchObject({ kind: "failed", status: "canceled", retryable: false });
    const stops = new AbortController();
    const stopped = await beginWait("stopped", stops.signal);
    stops.abort(ENGINE_STOPS);
    expect(await stopped.outcome).toMatchObject({ kind: "interrupted" });
    expect(await run("fine")).toMatchObject({ kind: "succeeded" });
  });
});

describe("a death fails the one attempt and says which it was:", () => {
  test.each([
    ["exit", { code: "exit", message: "ended its process with exit code 7 (process.exit?)" }, { exitCode: 7 }],
    [
      "throw",
      {
        code: "uncaught_exception",
        message: "ended its process by an uncaught exception: TypeError: nobody caught this",
      },
      {},
    ],
    [
      "reject",
      {
        code: "unhandled_rejection",
        message: "ended its process by an unhandled rejection: RangeError: nobody awaited this",
      },
      {},
    ],
    [
      "segfault",
      { code: "signal", message: "ended its process by SIGSEGV, a fault in native code" },
      { signal: "SIGSEGV" },
    ],
  ])("%s", async (id, error, rest) => {
    expect(await run(id, { alone: true })).toMatchObject({
      kind: "failed",
      status: "crashed",
      retryable: true,
      error,
      ...rest,
    });
  });

  test("out of memory", async () => {
    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS = "--max-old-space-size=64";
    const outcome = run("memory", { alone: true });
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
    expect(await outcome).toMatchObject({ status: "crashed", error: { code: "out_of_memory" } });
  });

  test("an endless loop", async () => {
    const outcome = await run("loop", { alone: true });
    expect(outcome).toMatchObject({
      kind: "failed",
      status: "timed_out",
      error: { message: "did not end within 300ms and stopped answering (an endless loop?); its process was ended" },
    });
  });

  test("one that ignores its timeout is ended with its process", async () => {
    expect(await run("deaf", { alone: true })).toMatchObject({
      status: "timed_out",
      retryable: true,
      error: { message: "did not end within 100ms and ignored its signal; its process was ended" },
    });
  });

  test("what user code started goes with its worker", async () => {
    const pids = new Set(host.listPids());
    const outcome = run("leave", { alone: true });
    const worker = host.listPids().find((pid) => !pids.has(pid));
    expect(await outcome).toMatchObject({ exitCode: 3 });
    expect(worker === undefined || !isAlive(worker)).toBe(true);
  });
});

describe("a worker that somebody kills", () => {
  const kill = async (signal: NodeJS.Signals, more: Partial<Assignment> = {}): Promise<Outcome> => {
    const begun = join(folder, "begun");
    const outcome = run("wait", { inputJson: JSON.stringify({ go: join(folder, "go"), begun }), ...more });
    await waitUntil(() => existsSync(begun), "it has begun");
    for (const pid of host.listPids()) process.kill(pid, signal);
    return await outcome;
  };

  test.each(["SIGKILL", "SIGHUP"] as const)("by %s while it has one attempt interrupts it", async (signal) => {
    expect(await kill(signal)).toEqual({ kind: "interrupted", reason: "worker died" });
  });

  test("once more while that attempt is alone in it fails the attempt, and says how", async () => {
    expect(await kill("SIGKILL", { alone: true })).toMatchObject({
      ...{ kind: "failed", status: "crashed", retryable: true, signal: "SIGKILL" },
      error: { message: "lost its process to SIGKILL: from outside, or from the kernel for want of memory" },
    });
  });
});

describe("attempts that share a worker with one that dies", () => {
  test("are interrupted with it, and alone they succeed", async () => {
    const waits = await beginWait("shared");
    const outcomes = [waits.outcome];
    let died: Outcome | undefined;
    // Several may land in another worker: the one that waits is interrupted by one of them at last.
    while (died?.kind !== "interrupted") died = await run("exit");
    expect(await Promise.all(outcomes)).toMatchObject([{ kind: "interrupted", reason: "worker died" }]);
    expect(await run("exit", { alone: true })).toMatchObject({ kind: "failed", status: "crashed", exitCode: 7 });
    const go = join(folder, "shared-go");
    waits.finish();
    const inputJson = JSON.stringify({ go, begun: join(folder, "again") });
    expect(await run("wait", { inputJson, alone: true })).toMatchObject({ kind: "succeeded", output: '"waited"' });
  });

  test("wait for one of the same task that ignores its cancel beside others, until its process has ended", async () => {
    const [go, begun] = [join(folder, "go"), join(folder, "begun")];
    const inputJson = JSON.stringify({ go, begun });
    const count = () => (existsSync(begun) ? readFileSync(begun, "utf8").split("\n").length - 1 : 0);
    const others = [await beginWait("one"), await beginWait("another")]; // in each of the workers there may be
    const controller = new AbortController();
    const idempotencyKey = "run:stubborn::0";
    const first = run("stubborn", { inputJson, idempotencyKey }, controller.signal);
    await waitUntil(() => count() === 1, "it has begun");
    controller.abort();
    expect(await first).toMatchObject({ kind: "failed", status: "unresponsive" });
    const second = run("stubborn", { inputJson, idempotencyKey: "run:stubborn::1" });
    expect(await run("fine")).toMatchObject({ kind: "succeeded" });
    expect(count()).toBe(1);
    for (const other of others) other.finish();
    await waitUntil(() => count() === 2, "the second has begun");
    writeFileSync(go, "");
    expect(await second).toMatchObject({ kind: "succeeded" });
  });

  test("a task with isolation has a process that no other had", async () => {
    const pids = new Set<string | null>();
    for (let at = 0; at < 3; at += 1) {
      const outcome = await run("alone");
      pids.add(outcome.kind === "succeeded" ? outcome.output : null);
    }
    expect(pids.size).toBe(3);
    expect(pids.has(null)).toBe(false);
  });
});

test("changed code is run by new workers", async () => {
  const file = join(folder, "changing.mjs");
  const library = join(import.meta.dirname, "../../src/definition/workflow.ts");
  const write = (value: number) =>
    writeFileSync(
      file,
      `import { workflow } from ${JSON.stringify(library)};\nconst wf = workflow("changing");\nwf.task("a", () => ${value});\nexport default wf;\n`,
    );
  const runIt = async () => {
    const described = await host.describeModule(file);
    if (!described.ok) throw new Error(described.error.message);
    const { specJson, definitionHash } = described.description;
    return await runner.execute(createAssignment(JSON.parse(specJson) as WorkflowSpec, { definitionHash }), NEVER);
  };
  write(1);
  expect(await runIt()).toMatchObject({ output: "1" });
  write(2);
  expect(await runIt()).toMatchObject({ output: "2" });
});
