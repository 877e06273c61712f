import { describe, expect, test } from "vitest";
import { ENGINE_STOPPED, type Outcome } from "../../src/core/outcome.ts";
import { resetTasks } from "../../src/core/reset-tasks.ts";
import { moveRun } from "../../src/core/run-state.ts";
import type { TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { CoreRun, FAILED, type Script } from "../support/core-run.ts";
import { checkRun } from "../support/run-invariants.ts";

const DONE: Outcome = { kind: "succeeded", output: "1" };
const INTERRUPTED: Outcome = { kind: "interrupted", reason: "its worker died" };

function begin(
  tasks: readonly Partial<TaskSpec>[],
  script: Script = () => DONE,
  more: Partial<WorkflowSpec> = {},
): CoreRun {
  const spec: WorkflowSpec = {
    format: 1,
    name: "sample",
    tasks: tasks.map((task, index) => ({ id: `t${index}`, kind: "function", ...task })),
    ...more,
  };
  const run = new CoreRun(spec, script, checkRun);
  run.start();
  return run;
}

function statusesOf(run: CoreRun): string[] {
  return run.state.nodes.map((node) => node.status);
}

/** Claims all that can be, and lets all that lives end, so many times. */
function turn(run: CoreRun, times = 1): void {
  for (let count = 0; count < times && !run.isOver; count++) {
    run.claim(1_000);
    for (const node of run.live) run.settle(node);
  }
}

function retry(run: CoreRun, targets: readonly number[], isWhole: boolean): void {
  moveRun(run.state, "retry");
  Object.assign(run.state, { intent: "none", reason: null, finishedAt: null, ownerId: null });
  resetTasks(run.state, targets, isWhole);
  run.forget();
  run.start();
}

const EXPANDED: Outcome = { kind: "expanded", items: ["1", "2", "3", "4", "5"], labels: null };
const asMap =
  (script: Script): Script =>
  (node) =>
    node.parent === null ? EXPANDED : script(node);

describe("interruptions", () => {
  test("the sixth in a row fails a task as a crash loop, and uses up no retry before", () => {
    const run = begin([{}], () => INTERRUPTED);
    turn(run, 5);
    expect(run.state.nodes[0]).toMatchObject({ status: "ready", interruptions: 5, tries: 0, attempt: 5 });
    turn(run);
    expect(run.state.nodes[0]).toMatchObject({ status: "failed", reason: "crash_loop" });
    expect(run.state.status).toBe("failed");
  });

  test("by an engine that stops in order never make a crash loop", () => {
    const run = begin([{}], () => ({ kind: "interrupted", reason: ENGINE_STOPPED }));
    turn(run, 20);
    expect(run.state.nodes[0]).toMatchObject({ status: "ready", interruptions: 0, attempt: 20 });
  });

  test("begin to count again after a failure", () => {
    const retry = { attempts: 9, backoffMs: 1, factor: 1, maxDelayMs: 1, jitter: 0 };
    const run = begin([{ retry }], (node) => (node.attempt === 4 ? FAILED : INTERRUPTED));
    turn(run, 4);
    expect(run.state.nodes[0]).toMatchObject({ status: "retrying", interruptions: 0, tries: 1, wakeAt: run.now + 1 });
  });
});

describe("maxConcurrent", () => {
  test("of a run lets three of five tasks run, and the others as places become free", () => {
    const run = begin([{}, {}, {}, {}, {}], () => DONE, { maxConcurrent: 3 });
    expect(run.claim(9)).toBe(3);
    expect(run.claim(9)).toBe(0);
    run.settle(run.live[0] as never);
    expect(run.claim(9)).toBe(1);
    run.settle(run.live[0] as never);
    expect(run.claim(9)).toBe(1);
    expect(run.live).toHaveLength(3);
  });

  test("of a map holds after a transaction has thrown while its places are taken", () => {
    const run = begin(
      [{ map: { maxConcurrent: 3 } }],
      asMap(() => DONE),
    );
    turn(run);
    expect(run.claim(9)).toBe(3);
    run.reload();
    expect(run.claim(9)).toBe(0);
    run.settle(run.live[0] as never);
    expect(run.claim(9)).toBe(1);
  });
});

describe("maps", () => {
  test("whose instances were all done when the run was canceled have succeeded", () => {
    const run = begin(
      [{ map: {} }, { after: [0] }],
      asMap(() => DONE),
    );
    turn(run);
    run.claim(9);
    run.ask("cancel");
    turn(run);
    expect(statusesOf(run).slice(0, 2)).toEqual(["succeeded", "canceled"]);
    retry(run, [1], false);
    turn(run, 2);
    expect(run.state.status).toBe("succeeded");
  });

  test("that are retried run their failed instances only, and keep their list", () => {
    const run = begin(
      [{ map: {} }],
      asMap((node) => (node.item === 3 ? FAILED : DONE)),
    );
    turn(run, 2);
    expect(run.state.status).toBe("failed");
    const before = run.started.length;
    retry(run, [0], false);
    run.claim(9);
    expect(run.started.slice(before)).toEqual(["4:0"]);
  });

  test("forget their list when what they need is run again", () => {
    const run = begin([{}, { after: [0], map: {} }], (node) => (node.index === 0 ? DONE : asMap(() => DONE)(node)));
    turn(run, 3);
    expect(run.state.status).toBe("succeeded");
    retry(run, [0], true);
    expect(run.state.nodes[1]).toMatchObject({ map: null, generation: 1 });
    turn(run, 3);
    expect(run.state.nodes[1]?.map?.base).toBe(7);
    expect(run.state.status).toBe("succeeded");
  });
});

describe("layers", () => {
  test("a first task that never starts lets what follows it go on under eager, too", () => {
    const run = begin([{ when: "any_failed" }, { after: [0], when: "all_done" }], () => DONE, { strategy: "eager" });
    turn(run);
    expect(statusesOf(run)).toEqual(["skipped", "succeeded"]);
    expect(run.state.status).toBe("succeeded");
  });

  test("a run that was canceled before it began, and is retried, runs under eager", () => {
    const spec: WorkflowSpec = { format: 1, name: "sample", strategy: "eager", tasks: [{ id: "a", kind: "function" }] };
    const run = new CoreRun(spec, () => DONE, checkRun);
    run.ask("cancel");
    expect(run.state.status).toBe("canceled");
    retry(run, [0], false);
    turn(run);
    expect(run.state.status).toBe("succeeded");
  });

  test("a reset whose first layers are skipped at once goes on with the next one", () => {
    const tasks = [{ when: "any_failed" }, { after: [0], when: "all_done" }] as const;
    const run = begin(tasks);
    turn(run, 2);
    retry(run, [0], true);
    turn(run, 2);
    expect(statusesOf(run)).toEqual(["skipped", "succeeded"]);
    expect(run.state.nodes[1]?.generation).toBe(1);
  });
});

describe("onFailure: stop", () => {
  test("lets finish what runs, also over a crash, and starts nothing else", () => {
    const run = begin([{}, {}, {}], (node) => (node.index === 0 ? FAILED : DONE), {
      ...{ onFailure: "stop", maxConcurrent: 2 },
    });
    run.claim(2);
    run.settle(run.state.nodes[0] as never);
    expect(run.claim(1)).toBe(0);
    run.crash();
    turn(run);
    expect(statusesOf(run)).toEqual(["failed", "succeeded", "skipped"]);
    expect(run.state.nodes[2]?.reason).toBe("run_stopped");
    expect(run.state.status).toBe("failed");
  });
});

describe("cancel", () => {
  test("that was written down when the engine died is applied by the next one", () => {
    const run = begin([{}, { after: [0] }]);
    run.claim(1);
    run.state.intent = "cancel";
    run.crash();
    expect(statusesOf(run)).toEqual(["canceled", "canceled"]);
    expect(run.state.status).toBe("canceled");
  });

  test("keeps the result of what was done all the same", () => {
    const run = begin([{}, { after: [0] }]);
    run.claim(1);
    run.ask("cancel");
    expect(run.state.status).toBe("running");
    turn(run);
    expect(statusesOf(run)).toEqual(["succeeded", "canceled"]);
  });
});
