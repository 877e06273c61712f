import { describe, expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { registerWorkflow } from "../../src/engine/register-workflow.ts";
import { startScheduledRun } from "../../src/engine/start-scheduled-run.ts";
import { newUid } from "../../src/platform/uid.ts";
import { getScheduleRows, type ScheduleRow } from "../../src/store/schedule-rows.ts";
import { createMap, hintEachOther, listHolds, setUp } from "../support/busy-tasks.ts";
import { startTestEngine } from "../support/test-engine.ts";

test("maxConcurrent of the machine holds over all runs and engines, whatever they use", async () => {
  const busy = setUp();
  const wf = createMap(busy, "any", {}, { count: 10, ms: 100, uses: {} });
  const counted = workflow("counted");
  for (let index = 0; index < 10; index++) counted.task(`t${index}`, () => busy.work(`t${index}`, 100, { all: 1 }));
  const machine = { file: "/etc/lockstep.config.yaml", resources: {}, maxConcurrent: 2 };
  const { engines, onTurn } = hintEachOther();
  const options = { workflows: [wf, counted], clock: busy.clock, machine, onTurn };
  const first = await startTestEngine(options);
  const second = await startTestEngine({ ...options, path: first.path });
  engines.push(first, second);
  const ids = [await first.submit(counted), await second.submit(counted), await first.submit(wf)];
  for (const id of ids) expect(await first.reach(id)).toBe("succeeded");
  expect(busy.most.all).toBe(2);
  expect(listHolds(first)).toEqual([]);
});

describe("places of the engine and resources", () => {
  test("a task that could not start for want of a place keeps no resource from others", async () => {
    const busy = setUp();
    const gate = Promise.withResolvers<void>();
    const resources = { db: { slots: 1 } };
    const long = workflow("long", { resources });
    long.task("first", { uses: ["db"] }, () => busy.work("first", 100, { db: 1 }));
    const places = { function: 2, command: 4 };
    const engines = hintEachOther();
    const options = { clock: busy.clock, places, onTurn: engines.onTurn };
    const quick = createMap(busy, "quick", resources, { count: 3, ms: 100, uses: { db: 1 } });
    const full = workflow("full", { resources });
    full.map("plain", { over: () => [0, 1] }, async () => {
      await gate.promise;
    });
    const waits = createMap(busy, "waits", resources, { count: 2, ms: 100, uses: { db: 1 } });
    const one = await startTestEngine({ ...options, workflows: [full, waits] });
    const two = await startTestEngine({ ...options, workflows: [long, quick], path: one.path });
    engines.engines.push(one, two);
    await two.submit(long);
    const id = await one.submit(waits);
    await one.submit(full);
    expect(await two.reach(await two.submit(quick))).toBe("succeeded");
    gate.resolve();
    expect(await one.reach(id)).toBe("succeeded");
    expect(busy.most).toEqual({ db: 1 });
  });

  test("a task that finds a place and its resource never together gets both in the end", async () => {
    const busy = setUp();
    const resources = { db: { slots: 1 } };
    const plain = workflow("plain");
    const items = Array.from({ length: 300 }, (_, index) => index);
    plain.map("each", { over: () => items }, () => busy.work("plain", 70));
    const hungry = createMap(busy, "hungry", resources, { count: 200, ms: 50, uses: { db: 1 } });
    const one = createMap(busy, "one", resources, { count: 1, ms: 10, uses: { db: 1 } });
    const { engines, onTurn } = hintEachOther();
    const places = { function: 1, command: 1 };
    const first = await startTestEngine({ workflows: [plain, one], clock: busy.clock, places, onTurn });
    const second = await startTestEngine({ workflows: [hungry], clock: busy.clock, path: first.path, onTurn });
    engines.push(first, second);
    await second.submit(hungry);
    await first.submit(plain);
    const id = await first.submit(one);
    expect(await first.reach(id)).toBe("succeeded");
    expect(busy.started.find(({ name }) => name === "one0")?.atMs).toBeLessThan(2_000);
  });

  test("an engine with one task is served beside one with thousands", async () => {
    const busy = setUp();
    const resources = { db: { slots: 2 }, api: { rate: "600/min" } };
    const many = createMap(busy, "many", resources, { count: 5_000, ms: 100, uses: { db: 1 } });
    const calls = createMap(busy, "calls", resources, { count: 5_000, ms: 10, uses: { api: 1 } });
    const oneOf = (name: string, uses: Record<string, number>) =>
      createMap(busy, name, resources, { count: 1, ms: 10, uses });
    const [db, api] = [oneOf("onedb", { db: 1 }), oneOf("oneapi", { api: 1 })];
    const { engines, onTurn } = hintEachOther();
    const first = await startTestEngine({ workflows: [many, calls], clock: busy.clock, onTurn });
    const second = await startTestEngine({ workflows: [db, api], clock: busy.clock, path: first.path, onTurn });
    engines.push(first, second);
    await first.submit(many);
    await first.submit(calls);
    await first.drive(new Promise<void>((resolve) => void busy.clock.schedule(1_010, resolve)));
    for (const wf of [db, api]) expect(await second.reach(await second.submit(wf))).toBe("succeeded");
    const at = (name: string) => busy.started.find((each) => each.name === name)?.atMs;
    expect(at("onedb0")).toBeLessThanOrEqual(1_300);
    expect(at("oneapi0")).toBeLessThanOrEqual(1_500);
  });
});

test("a run of a schedule goes by the resources that its workflow was loaded with, whoever starts it", async () => {
  const busy = setUp();
  const wf = workflow("nightly", { schedule: { cron: "0 2 * * *" } });
  wf.task("one", { uses: ["db"] }, () => busy.work("one", 10, { db: 1 }));
  const { store, rows, toSubmission, reach, ...engine } = await startTestEngine({ workflows: [wf], clock: busy.clock });
  const schedules = getScheduleRows(store);
  const machine = { file: "/etc/lockstep.config.yaml", resources: { db: { slots: 1 } } };
  const { definition } = toSubmission(wf);
  const now = busy.clock.now();
  const loaded = { definition, file: "/srv/nightly.ts", exportName: null, codeHash: null };
  store.transaction(() => {
    const scope = { rows, schedules, plans: new PlanCache(rows, machine), localZone: "UTC" };
    registerWorkflow(scope, loaded, now);
  });
  const [row] = schedules.listOf("nightly");
  const scope = { rows, schedules, plans: new PlanCache(rows), newUid };
  const id = store.transaction(() =>
    startScheduledRun(scope, row as ScheduleRow, { inputJson: "{}", dueAt: now }, now),
  );
  engine.engine.noteRequests();
  expect(await reach(id)).toBe("succeeded");
  expect(busy.most).toEqual({ db: 1 });
});

test("a workflow that is refused for one of its resources leaves none of the others behind", async () => {
  const define = (name: string, resources: Record<string, { slots: number }>) => {
    const wf = workflow(name, { resources });
    for (const resource of Object.keys(resources)) wf.task(`use_${resource}`, { uses: [resource] }, () => 1);
    return wf;
  };
  const one = define("one", { db: { slots: 1 } });
  const other = define("other", { api: { slots: 2 }, db: { slots: 3 } });
  const engine = await startTestEngine({ workflows: [one, other] });
  expect(await engine.reach(await engine.submit(one))).toBe("succeeded");
  await expect(engine.submit(other)).rejects.toThrow('The resource "db" is { slots: 3 }');
  expect(engine.rows.resources.find("api")).toBeUndefined();
});
