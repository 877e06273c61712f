import { describe, expect, test } from "vitest";
import { z } from "zod";
import { NonRetryableError, workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, getOpen } from "../support/open-gate.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

/** Status, reason and parent's task of all runs, by number. */
function listRuns({ store }: TestEngine): string[] {
  return store.sqlite
    .prepare<[], { id: number; workflow: string; status: string; parent: number | null }>(
      "SELECT id, workflow, status, parent_task_id / 1048576 AS parent FROM run ORDER BY id",
    )
    .all()
    .map(
      ({ id, workflow: name, status, parent }) => `#${id} ${name} ${status}${parent === null ? "" : ` of #${parent}`}`,
    );
}

/** What the last attempt of a task failed with. */
function readError({ store }: TestEngine, runId: number): string {
  const error = store.sqlite
    .prepare<[number], string>(
      "SELECT a.error FROM attempt a JOIN task t ON t.id = a.task_id WHERE t.run_id = ? ORDER BY a.id DESC",
    )
    .pluck()
    .get(runId);
  return (JSON.parse(error ?? "{}") as { message?: string }).message ?? "";
}

function buildDouble(twice: (n: number) => number = (n) => n * 2) {
  const child = workflow("double", { input: z.object({ n: z.number() }) });
  const doubled = child.task("twice", ({ input }) => twice(input.n));
  return child.returns(doubled);
}

/** A workflow whose first task ends when its gate opens, or with its signal. */
function buildHeld() {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const aborted: string[] = [];
  const child = workflow("held");
  const hold = child.task("hold", ({ signal, idempotencyKey }) => {
    begun.resolve();
    return new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(idempotencyKey);
        reject(signal.reason);
      });
      void gate.promise.then(resolve);
    });
  });
  child.task("after", { after: [hold] }, () => 1);
  return { child, gate, begun, aborted };
}

test("a child's result is the output of the task that started it", async () => {
  const double = buildDouble();
  const wf = workflow("parent");
  const four = wf.child("four", { workflow: double }, () => ({ n: 2 }));
  const eight = wf.child("eight", { needs: { four }, workflow: double }, ({ needs }) => ({ n: needs.four }));
  wf.task("sum", { needs: { four, eight } }, ({ needs }) => needs.four + needs.eight);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("succeeded");
  expect(engine.rows.tasks.getOutputAt(run, 2)).toBe("12");
  expect(listRuns(engine)).toEqual(["#1 parent succeeded", "#2 double succeeded of #1", "#3 double succeeded of #1"]);
});

test("a child that fails is tried again as a new run, and the error of the last one names it", async () => {
  let runs = 0;
  const double = buildDouble(() => {
    runs++;
    throw new Error("no such file");
  });
  const wf = workflow("parent");
  wf.child("twice", { workflow: double, retry: { attempts: 2, backoff: "5s" } }, () => ({ n: 1 }));
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toEqual(["#1 parent failed", "#2 double failed of #1", "#3 double failed of #1"]);
  expect(runs).toBe(2);
  expect(readError(engine, run)).toBe("child run #3 double failed. twice: no such file");
});

test("a child that was canceled fails its task, which is not tried again", async () => {
  const { child, begun } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child, retry: { attempts: 3 } }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.cancel(2, "not today"));
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toEqual(["#1 parent failed", "#2 held canceled of #1"]);
  expect(readError(engine, run)).toBe("child run #2 held was canceled: not today");
});

test("an input that the child's schema refuses fails the task, and no run is started", async () => {
  const wf = workflow("parent");
  wf.child("twice", { workflow: buildDouble(), retry: { attempts: 3 } }, () => ({ n: "x" as unknown as number }));
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toEqual(["#1 parent failed"]);
  expect(readError(engine, run)).toMatch(/^the input for its child workflow "double": .*n.*expected/);
});

test("a child has the labels, the slot and the mode of its parent", async () => {
  const child = workflow("child", { labels: { kind: "child" } });
  child.task("told", ({ scheduledAt, run }) => ({ scheduledAt, labels: run.labels }));
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const scheduledAt = "2026-11-24T02:30:00+01:00";
  const run = await engine.submit(wf, { labels: { team: "ops" }, mode: "foreground", scheduledAt });
  await engine.reach(run);
  const output = engine.rows.tasks.getOutputAt(run, 0);
  expect(JSON.parse(output ?? "")).toEqual({ scheduledAt, labels: { kind: "child", team: "ops" } });
  expect(engine.rows.runs.get(2)).toMatchObject({ mode: "foreground", parentTaskId: 1_048_576 });
});

test("children may have children, and a canceled parent takes all of them with it before it ends", async () => {
  const { child, begun, aborted } = buildHeld();
  const middle = workflow("middle");
  middle.child("nested", { workflow: child }, () => undefined);
  const wf = workflow("parent");
  const first = wf.child("first", { workflow: middle }, () => undefined);
  wf.task("after", { after: [first] }, () => 1);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.cancel(run, "enough"));
  expect(await engine.reach(run)).toBe("canceled");
  expect(aborted).toHaveLength(1);
  expect(listRuns(engine)).toEqual([...["#1 parent canceled", "#2 middle canceled of #1", "#3 held canceled of #2"]]);
  expect(engine.statuses(run)).toEqual({ first: "canceled", after: "canceled" });
  expect(engine.rows.runs.get(3).reason).toBe("its parent #2 was canceled: its parent #1 was canceled: enough");
});

test("the deadline of a parent ends its children", async () => {
  const { child } = buildHeld();
  const wf = workflow("parent", { timeout: "1m" });
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toEqual(["#1 parent failed", "#2 held canceled of #1"]);
});

test("the timeout of a child task is the time that its run may take", async () => {
  const { child } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child, timeout: "1m" }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toEqual(["#1 parent failed", "#2 held failed of #1"]);
  expect(readError(engine, run)).toBe("child run #2 held failed: timeout");
});

test("a paused parent pauses its children, and goes on with them", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.pause(run));
  await takeTurns(5);
  expect(listRuns(engine)).toEqual(["#1 parent running", "#2 held running of #1"]); // what runs comes to its end
  gate.resolve();
  expect(await engine.reach(run, ["paused"])).toBe("paused");
  expect(listRuns(engine)).toEqual(["#1 parent paused", "#2 held paused of #1"]);
  expect(engine.rows.runs.get(2).reason).toBe(null);
  engine.change((control) => control.resume(run));
  expect(await engine.reach(run)).toBe("succeeded");
  expect(listRuns(engine)).toEqual(["#1 parent succeeded", "#2 held succeeded of #1"]);
});

test("a child that is paused by itself lets its parent wait, and its resume wakes both", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.pause(2));
  gate.resolve();
  expect(await engine.reach(run, ["waiting"])).toBe("waiting");
  expect(listRuns(engine)).toEqual(["#1 parent waiting", "#2 held paused of #1"]);
  engine.change((control) => control.resume(2));
  expect(await engine.reach(run)).toBe("succeeded");
});

test("a parent that waits or is paused is canceled with its children at once", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  engine.change((control) => control.pause(run));
  gate.resolve();
  await engine.reach(run, ["paused"]);
  await engine.stop();
  const later = await startTestEngine({ workflows: [wf], path: engine.path, isIdle: true });
  later.change((control) => control.cancel(run, null));
  expect(listRuns(later)).toEqual(["#1 parent canceled", "#2 held canceled of #1"]);
});

test("with onFailure: stop a child that runs comes to its end, and nothing new starts", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent", { onFailure: "stop" });
  const nested = wf.child("nested", { workflow: child }, () => undefined);
  wf.task("bad", async () => {
    await begun.promise;
    throw new NonRetryableError("no");
  });
  wf.task("after", { after: [nested] }, () => 1);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  await takeTurns(5);
  gate.resolve();
  expect(await engine.reach(run)).toBe("failed");
  expect(engine.statuses(run)).toEqual({ nested: "succeeded", bad: "failed", after: "skipped run_stopped" });
});

test("a retry of the parent starts its failed child anew; a retry of the child says to retry the parent", async () => {
  let runs = 0;
  const double = buildDouble((n) => {
    if (++runs === 1) throw new Error("no");
    return n * 2;
  });
  const wf = workflow("parent");
  wf.child("twice", { workflow: double }, () => ({ n: 4 }));
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  expect(await engine.reach(run)).toBe("failed");
  expect(() => engine.change((control) => control.retry(2, null))).toThrow(/a child run of #1.*lockstep retry 1/);
  engine.change((control) => control.retry(run, null));
  expect(await engine.reach(run)).toBe("succeeded");
  expect(engine.rows.tasks.getOutputAt(run, 0)).toBe("8");
  expect(listRuns(engine)).toEqual(["#1 parent succeeded", "#2 double failed of #1", "#3 double succeeded of #1"]);
});

test("what an engine gave back another takes up: the child is the same run", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf);
  await begun.promise;
  await engine.stop();
  gate.resolve();
  const later = await startTestEngine({ workflows: [wf], path: engine.path });
  expect(await later.reach(run)).toBe("succeeded");
  expect(listRuns(later)).toEqual(["#1 parent succeeded", "#2 held succeeded of #1"]);
});

test("a foreground parent that is taken up takes its children with it", async () => {
  const { child, begun, gate } = buildHeld();
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined);
  const engine = await startTestEngine({ workflows: [wf] });
  const run = await engine.submit(wf, { mode: "foreground" });
  await begun.promise;
  await engine.stop();
  gate.resolve();
  const later = await startTestEngine({ workflows: [wf], path: engine.path });
  expect(listRuns(later)).toEqual(["#1 parent queued", "#2 held queued of #1"]);
  await later.drive(later.engine.takeUp(run));
  expect(await later.reach(run)).toBe("succeeded");
  expect(listRuns(later)).toEqual(["#1 parent succeeded", "#2 held succeeded of #1"]);
});

test("children are at most 16 deep, and the error says which way they went", async () => {
  const bottom = workflow("w17");
  bottom.task("never", () => 1);
  let top: AnyWorkflow = bottom;
  for (let depth = 16; depth >= 0; depth--) {
    const next = workflow(`w${depth}`);
    next.child("down", { workflow: top }, () => undefined);
    top = next;
  }
  const engine = await startTestEngine({ workflows: [top] });
  const run = await engine.submit(top);
  expect(await engine.reach(run)).toBe("failed");
  expect(listRuns(engine)).toHaveLength(17);
  expect(readError(engine, 17)).toMatch(/^child workflows may be 16 deep.*w0 › w1 › w2 › … › w16 › w17/);
});

describe("a child that waits at a checkpoint", () => {
  function buildGated() {
    const child = workflow("gated");
    const gate = child.confirm("sure", { message: "Sure?" });
    child.task("act", { after: [gate] }, () => "acted");
    const wf = workflow("parent");
    const nested = wf.child("nested", { workflow: child }, () => undefined);
    wf.task("after", { needs: { nested } }, ({ needs }) => needs.nested);
    return wf;
  }

  test("lets its parent wait, and both go on with the decision", async () => {
    const wf = buildGated();
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1h");
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["waiting", "waiting"]);
    lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
    await lockstep.advance("1s");
    expect(await run.result()).toBe("acted");
    expect(lockstep.handle("2").status()).toBe("succeeded");
  });

  test("fails its task where it is rejected, with who and why", async () => {
    const wf = buildGated();
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    lockstep.decide(getOpen(lockstep), { decision: "reject", reason: "wrong host" }, ALICE);
    await lockstep.advance("1s");
    await expect(run.result()).rejects.toThrow("child run #2 gated was canceled: rejected by alice: wrong host");
    expect(lockstep.handle("2").status()).toBe("canceled");
  });

  test("is paused and canceled with its parent, and its question is void then", async () => {
    const wf = buildGated();
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    run.pause();
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["paused", "paused"]);
    lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
    await lockstep.advance("1s");
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["paused", "paused"]);
    run.cancel("enough");
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["canceled", "canceled"]);
    expect(lockstep.checkpoints()).toEqual([]);
  });

  test("is canceled with its parent while both wait; and a child that is canceled alone wakes its parent", async () => {
    const wf = buildGated();
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    run.cancel("enough");
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["canceled", "canceled"]);
    const other = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    lockstep.handle("4").cancel("not this one");
    await lockstep.advance("1s");
    expect([other.status(), lockstep.handle("4").status()]).toEqual(["failed", "canceled"]);
  });

  test("that was paused by itself goes on when its parent is resumed", async () => {
    const wf = buildGated();
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    lockstep.handle("2").pause();
    lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
    await lockstep.advance("1s");
    expect([run.status(), lockstep.handle("2").status()]).toEqual(["waiting", "paused"]);
    run.resume();
    await lockstep.advance("1s");
    expect(await run.result()).toBe("acted");
    expect(() => run.resume()).toThrow("cannot resume now");
  });

  test("a checkpoint of the child task itself is asked first, and not again when it is retried", async () => {
    let tries = 0;
    const child = buildDouble((n) => {
      if (++tries === 1) throw new Error("no");
      return n * 2;
    });
    const wf = workflow("parent");
    wf.child(
      "nested",
      { workflow: child, checkpoint: { message: "Start it?" }, retry: { attempts: 2, backoff: "1s" } },
      () => ({ n: 21 }),
    );
    await using lockstep = await openForTest({ workflows: [wf] });
    const run = lockstep.start(wf, undefined);
    await lockstep.advance("1s");
    expect(() => lockstep.handle("2")).toThrow("No run #2");
    lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
    await lockstep.advance("1m");
    expect(await run.result()).toBe(42);
    expect(lockstep.handle("3").status()).toBe("succeeded");
  });
});

test("a result that is sent back or run again is worked out by a new child run", async () => {
  const child = workflow("draft", { input: z.object({ hint: z.string() }) });
  const written = child.task("write", ({ input }) => `draft ${input.hint}`);
  const draft = child.returns(written);
  const wf = workflow("parent", { checkpoint: "every-layer" });
  const text = wf.child("text", { workflow: draft }, ({ feedback }) => ({ hint: feedback ?? "one" }));
  const send = wf.task("send", { needs: { text } }, ({ needs }) => `sent ${needs.text}`);
  wf.returns(send);
  await using lockstep = await openForTest({ workflows: [wf] });
  const run = lockstep.start(wf, undefined);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "redo", feedback: "two" }, ALICE);
  await lockstep.advance("1s");
  lockstep.decide(getOpen(lockstep), { decision: "approve" }, ALICE);
  await lockstep.advance("1s");
  expect(await run.result()).toBe("sent draft two");
  run.retry({ from: "text" });
  await lockstep.advance("1s");
  await lockstep.approveAll();
  await lockstep.advance("1s");
  expect(run.status()).toBe("succeeded");
  expect(["2", "3", "4"].map((id) => lockstep.handle(id).status())).toEqual(["succeeded", "succeeded", "succeeded"]);
  expect(() => lockstep.handle("5")).toThrow("No run #5");
});
