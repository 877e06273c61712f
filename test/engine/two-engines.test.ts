import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { ConflictError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { type AnyWorkflow, startTestEngine, takeTurns } from "../support/test-engine.ts";

/** A task that waits for its signal or its gate, and how often it began. */
function createHeld(): { wf: AnyWorkflow; gate: PromiseWithResolvers<void>; begun: string[] } {
  const gate = Promise.withResolvers<void>();
  const begun: string[] = [];
  const wf = workflow("held");
  const hold = wf.task("hold", ({ signal, idempotencyKey, attempt }) => {
    begun.push(`${idempotencyKey.split(":").slice(1).join(":")} ${attempt}`);
    return new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      void gate.promise.then(resolve);
    });
  });
  wf.task("after", { after: [hold] }, () => 1);
  return { wf, gate, begun };
}

describe("two engines on one file", () => {
  test("share the runs, and no task runs in both", async () => {
    const begun: string[] = [];
    const wf = workflow("shared");
    for (let index = 0; index < 20; index++) {
      wf.task(`t${index}`, async ({ idempotencyKey }) => {
        begun.push(idempotencyKey);
        await takeTurns(index % 4);
      });
    }
    const first = await startTestEngine({ workflows: [wf] });
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const ids = await Promise.all([first, second, first, second].map((engine) => engine.submit(wf)));
    for (const id of ids) {
      expect(await first.reach(id)).toBe("succeeded");
      await expect(second.engine.takeUp(id)).rejects.toThrow(ConflictError);
    }
    expect(begun).toHaveLength(80);
    expect(new Set(begun)).toHaveLength(80);
  });

  test("who waits for a run hears of its end also where that was written just before a turn that was due anyway", async () => {
    const asking = workflow("asking");
    asking.task("ask", { checkpoint: { message: "Go on?" } }, () => 1);
    const quick = workflow("quick");
    quick.task("one", () => 1);
    const first = await startTestEngine({ workflows: [asking, quick] });
    const id = await first.submit(asking);
    await first.reach(id, ["waiting"]);
    const second = await startTestEngine({ workflows: [asking, quick], path: first.path, clock: first.clock });
    await takeTurns(5);
    const heard: string[] = [];
    second.engine.watch(id, (status) => heard.push(status));
    const submitted = second.submit(quick);
    first.change((control) => control.cancel(id, "by another"));
    second.engine.hint();
    await submitted;
    await takeTurns(5);
    second.engine.hint();
    await takeTurns(5);
    expect(heard).toContain("canceled");
  });

  test("a run that one of them executes is refused to the other, and its owner does what the other writes down", async () => {
    const { wf, begun } = createHeld();
    const first = await startTestEngine({ workflows: [wf] });
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const id = await first.submit(wf);
    await takeTurns(3);
    await expect(second.engine.takeUp(id)).rejects.toThrow("is being executed by another engine");
    expect(() => second.store.transaction(() => second.control.retry(id, null))).toThrow("is running");
    second.change((control) => control.cancel(id, "by another"));
    expect(second.rows.runs.get(id)).toMatchObject({ status: "running", intent: "cancel" });
    first.engine.hint();
    expect(await first.reach(id)).toBe("canceled");
    expect(first.rows.runs.get(id).reason).toBe("by another");
    expect(first.statuses(id)).toEqual({ hold: "canceled", after: "canceled" });
    expect(begun).toEqual(["hold::0 1"]);
  });

  test("what one of them writes of a child reaches its parent, which the other executes", async () => {
    const { wf: held, begun } = createHeld();
    const wf = workflow("parent");
    wf.child("nested", { workflow: held }, () => undefined);
    const first = await startTestEngine({ workflows: [wf] });
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const id = await first.submit(wf);
    await takeTurns(5);
    expect(begun).toHaveLength(1);
    second.change((control) => control.cancel(id + 1, "by another"));
    expect(second.rows.runs.get(id + 1)).toMatchObject({ status: "running", intent: "cancel" });
    first.engine.hint();
    expect(await first.reach(id)).toBe("failed");
    expect(first.rows.runs.get(id + 1)).toMatchObject({ status: "canceled", reason: "by another" });
  });

  test("a child that the other one executes alone wakes its parent when it ends", async () => {
    const { wf: held, gate } = createHeld();
    const wf = workflow("parent");
    wf.child("nested", { workflow: held }, () => undefined);
    const first = await startTestEngine({ workflows: [wf] });
    const id = await first.submit(wf, { mode: "foreground" });
    await takeTurns(5);
    await first.stop();
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    await second.drive(second.engine.takeUp(id + 1));
    const third = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    await third.drive(third.engine.takeUp(id));
    expect([second.engine.owns(id + 1), third.engine.owns(id)]).toEqual([true, true]);
    gate.resolve();
    expect(await second.reach(id + 1)).toBe("succeeded");
    third.engine.hint();
    expect(await third.reach(id)).toBe("succeeded");
    expect(third.statuses(id)).toEqual({ nested: "succeeded" });
  });

  test("the first reason of a cancel stays, and a later pause is no weaker wish", async () => {
    const { wf } = createHeld();
    const first = await startTestEngine({ workflows: [wf] });
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const id = await first.submit(wf);
    await takeTurns(3);
    second.change((control) => {
      control.cancel(id, "first");
      control.cancel(id, null);
      control.pause(id);
    });
    first.engine.hint();
    expect(await first.reach(id)).toBe("canceled");
    expect(first.rows.runs.get(id).reason).toBe("first");
  });

  test("one that finds its run in the hands of another drops it, and writes nothing more of it", async () => {
    const { wf, gate } = createHeld();
    const first = await startTestEngine({ workflows: [wf] });
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const id = await first.submit(wf);
    const other = await first.submit(wf);
    await takeTurns(3);
    second.store.sqlite.exec(`UPDATE run SET engine_id = ${second.engine.id} WHERE id = ${id}`);
    gate.resolve();
    expect(await first.reach(other)).toBe("succeeded");
    expect(first.rows.runs.get(id)).toMatchObject({ status: "running", engineId: second.engine.id });
    expect(first.statuses(id)).toEqual({ hold: "running", after: "pending" });
    expect(first.engine.owns(id)).toBe(false);
  });
});

describe("an engine that stops in order", () => {
  test("gives its runs back; the next one goes on with a new attempt of what was interrupted, which is no crash", async () => {
    const { wf, gate, begun } = createHeld();
    const first = await startTestEngine({ workflows: [wf] });
    const id = await first.submit(wf);
    await takeTurns(3);
    await first.stop();
    let engine = first;
    for (let life = 2; life <= 8; life++) {
      engine = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
      await takeTurns(4);
      expect(begun).toHaveLength(life);
      expect(engine.store.sqlite.prepare("SELECT interruptions, tries FROM task WHERE idx = 0").raw().get()).toEqual([
        0, 0,
      ]);
      if (life < 8) await engine.stop();
    }
    gate.resolve();
    expect(await engine.reach(id)).toBe("succeeded");
    expect(new Set(begun.map((each) => each.split(" ")[0]))).toEqual(new Set(["hold::0"]));
  });

  test("twice does no harm, refuses what is new, and tells who waits", async () => {
    const { wf } = createHeld();
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    const waiting = engine.reach(id);
    waiting.catch(() => {});
    await Promise.all([engine.drive(engine.engine.stop()), engine.drive(engine.engine.stop())]);
    await expect(waiting).rejects.toMatchObject({ code: "engine_stopped" });
    await expect(engine.submit(wf)).rejects.toMatchObject({ code: "engine_stopped" });
    expect(engine.rows.runs.get(id)).toMatchObject({ status: "queued", engineId: null });
    expect(engine.store.sqlite.prepare("SELECT status FROM engine").pluck().get()).toBe("ended");
  });
});

describe("an engine whose process is killed", () => {
  const CHILD = fileURLToPath(new URL("../support/engine-child.ts", import.meta.url));

  test("is known to be dead within a second; its detached run is taken over, a foreground run waits for resume", async () => {
    const { wf, gate, begun } = createHeld();
    const engine = await startTestEngine({ workflows: [wf] });
    const child = spawn(process.execPath, [CHILD, engine.path], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const [detached, foreground] = JSON.parse(line) as [number, number];
    expect(engine.rows.runs.get(detached).engineId).not.toBe(engine.engine.id);
    await expect(engine.engine.takeUp(detached)).rejects.toThrow("is being executed by another engine");
    child.kill("SIGKILL");
    await once(child, "close");
    engine.clock.advance(1_000);
    await takeTurns(10);
    expect(begun).toEqual(["hold::0 2"]);
    expect(engine.rows.runs.get(detached)).toMatchObject({ status: "running", engineId: engine.engine.id });
    expect(engine.rows.runs.get(foreground).status).toBe("running");
    await engine.engine.takeUp(foreground);
    gate.resolve();
    for (const id of [detached, foreground]) expect(await engine.reach(id)).toBe("succeeded");
    expect(engine.store.sqlite.prepare("SELECT status FROM engine ORDER BY id").pluck().all()).toEqual([
      "live",
      "lost",
    ]);
  });

  test("before it came to a cancel leaves a run that is canceled at once by who asks again", async () => {
    const { wf } = createHeld();
    const engine = await startTestEngine({ workflows: [wf] });
    const child = spawn(process.execPath, [CHILD, engine.path], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const [, foreground] = JSON.parse(line) as [number, number];
    child.kill("SIGSTOP");
    engine.change((control) => control.cancel(foreground, "enough"));
    child.kill("SIGKILL");
    await once(child, "close");
    engine.change((control) => control.cancel(foreground, null));
    expect(engine.rows.runs.get(foreground)).toMatchObject({ status: "canceled", reason: "enough" });
    expect(engine.statuses(foreground)).toEqual({ hold: "canceled", after: "canceled" });
  });
});
