import { describe, expect, test } from "vitest";
import { DatabaseError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { openForTest } from "../../src/testing.ts";
import { createMap, hintEachOther, listHolds, setUp } from "../support/busy-tasks.ts";
import { createFaultyStore } from "../support/faulty-store.ts";
import { startTestEngine } from "../support/test-engine.ts";

describe("a capacity", () => {
  test("is never exceeded, over two runs, and is used up", async () => {
    const busy = setUp();
    const wf = createMap(busy, "load", { ram: { capacity: 8_000 } }, { count: 100, ms: 1_000, uses: { ram: 100 } });
    const engine = await startTestEngine({ workflows: [wf], clock: busy.clock });
    const ids = [await engine.submit(wf), await engine.submit(wf)];
    for (const id of ids) expect(await engine.reach(id)).toBe("succeeded");
    expect(busy.most).toEqual({ ram: 8_000 });
    expect(busy.started).toHaveLength(200);
    expect(busy.started.filter(({ atMs }) => atMs < 1_000)).toHaveLength(80);
    expect(listHolds(engine)).toEqual([]);
  });

  test("is never exceeded by two engines of one file, and what one gives back the other takes", async () => {
    const busy = setUp();
    const wf = createMap(busy, "load", { db: { slots: 3 } }, { count: 20, ms: 500, uses: { db: 1 } });
    const { engines, onTurn } = hintEachOther();
    const first = await startTestEngine({ workflows: [wf], clock: busy.clock, onTurn });
    const second = await startTestEngine({ workflows: [wf], clock: busy.clock, path: first.path, onTurn });
    engines.push(first, second);
    const ids = [await first.submit(wf), await second.submit(wf)];
    for (const id of ids) expect(await first.reach(id)).toBe("succeeded");
    expect(busy.most).toEqual({ db: 3 });
    expect(listHolds(first)).toEqual([]);
    const lastAtMs = Math.max(...busy.started.map(({ atMs }) => atMs));
    expect(lastAtMs).toBe(500 * 13); // 40 in 14 rounds of 3: never idle
  });

  test("goes on beside what needs none of it", async () => {
    const busy = setUp();
    const wf = workflow("both", { resources: { db: { slots: 1 } }, maxConcurrent: 3 });
    for (const name of ["a", "b", "c"])
      wf.task(`db_${name}`, { uses: ["db"], priority: 1 }, () => busy.work(name, 1_000));
    for (const name of ["x", "y", "z"]) wf.task(`free_${name}`, () => busy.work(name, 100));
    const engine = await startTestEngine({ workflows: [wf], clock: busy.clock });
    expect(await engine.reach(await engine.submit(wf))).toBe("succeeded");
    const at = Object.fromEntries(busy.started.map(({ name, atMs }) => [name, atMs]));
    expect(at).toEqual({ a: 0, x: 0, y: 0, z: 100, b: 1_000, c: 2_000 });
  });

  test("that a large amount waits for is not taken by small ones for ever", async () => {
    const busy = setUp();
    const resources = { ram: { capacity: 10 } };
    const small = createMap(busy, "small", resources, { count: 200, ms: 300, uses: { ram: 1 } });
    const large = createMap(busy, "large", resources, { count: 1, ms: 300, uses: { ram: 10 } });
    const engine = await startTestEngine({ workflows: [small, large], clock: busy.clock });
    await engine.submit(small);
    const id = await engine.submit(large);
    expect(await engine.reach(id)).toBe("succeeded");
    expect(busy.started.find(({ name }) => name === "large0")?.atMs).toBeLessThanOrEqual(600);
    expect(busy.most.ram).toBe(10);
  });

  test("is shared fairly: a run of one does not wait for a run of ten thousand", async () => {
    const busy = setUp();
    const resources = { db: { slots: 2 } };
    const many = createMap(busy, "many", resources, { count: 10_000, ms: 100, uses: { db: 1 } });
    const one = createMap(busy, "one", resources, { count: 1, ms: 100, uses: { db: 1 } });
    const engine = await startTestEngine({ workflows: [many, one], clock: busy.clock });
    await engine.submit(many);
    await engine.drive(new Promise<void>((resolve) => void busy.clock.schedule(1_050, resolve)));
    const id = await engine.submit(one);
    expect(await engine.reach(id)).toBe("succeeded");
    expect(busy.started.find(({ name }) => name === "one0")?.atMs).toBeLessThanOrEqual(1_200);
  });

  test("is given back by what fails, tries again and is canceled", async () => {
    const busy = setUp();
    const wf = workflow("fails", { resources: { db: { slots: 1 } } });
    wf.task("flaky", { uses: ["db"], retry: { attempts: 3, backoff: "1s" } }, async ({ attempt }) => {
      await busy.work(`flaky ${attempt}`, 100, { db: 1 });
      if (attempt < 3) throw new Error("no");
    });
    wf.task("other", { uses: ["db"] }, () => busy.work("other", 100, { db: 1 }));
    const endless = workflow("endless", { resources: { db: { slots: 1 } } });
    endless.task("hold", { uses: ["db"] }, ({ signal }) => {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const engine = await startTestEngine({ workflows: [wf, endless], clock: busy.clock });
    expect(await engine.reach(await engine.submit(wf))).toBe("succeeded");
    expect(busy.most).toEqual({ db: 1 });
    const canceled = await engine.submit(endless);
    const next = await engine.submit(wf);
    await engine.drive(new Promise<void>((resolve) => void busy.clock.schedule(50, resolve)));
    expect(listHolds(engine)).toHaveLength(1);
    engine.change((control) => control.cancel(canceled, null));
    expect(await engine.reach(next)).toBe("succeeded");
    expect(listHolds(engine)).toEqual([]);
  });
});

test("a transaction that throws leaves nothing held that nothing runs for, and takes nothing twice", async () => {
  const busy = setUp();
  const resources = { db: { slots: 3 }, api: { rate: "600/min", burst: 2 } };
  const wf = createMap(busy, "load", resources, { count: 20, ms: 250, uses: { db: 1, api: 1 } });
  for (const at of ["before", "commit"] as const) {
    for (const every of [2, 3, 5]) {
      const error = new DatabaseError("database_locked", "another writer");
      let isFaulty = false;
      const faulty = createFaultyStore((n) => (isFaulty && n % every === 0 ? { at, error } : undefined));
      const engine = await startTestEngine({ workflows: [wf], clock: busy.clock, wrap: faulty.wrap });
      const id = await engine.submit(wf);
      isFaulty = true;
      expect(await engine.reach(id)).toBe("succeeded");
      isFaulty = false;
      expect(busy.most.db).toBeLessThanOrEqual(3);
      expect(listHolds(engine)).toEqual([]);
      await engine.stop();
    }
  }
});

test("a run that something is wrong with fails, and gives back what it held", async () => {
  for (let n = 1; n < 12; n++) {
    const busy = setUp();
    const wf = createMap(busy, "load", { db: { slots: 2 } }, { count: 6, ms: 100, uses: { db: 1 } });
    let left = Number.POSITIVE_INFINITY;
    const faulty = createFaultyStore(() => {
      left--;
      return left < 0 && left > -4 ? { at: "commit", error: new Error("a row is not as expected") } : undefined;
    });
    const engine = await startTestEngine({ workflows: [wf], clock: busy.clock, wrap: faulty.wrap });
    const id = await engine.submit(wf);
    left = n;
    await engine.reach(id);
    left = Number.POSITIVE_INFINITY;
    const next = await engine.drive(engine.submit(wf));
    expect(await engine.reach(next)).toBe("succeeded");
    expect(busy.most.db).toBeLessThanOrEqual(2);
    expect(listHolds(engine)).toEqual([]);
    await engine.stop();
  }
});

test("open() says what the machine has, and a program refuses two definitions of one name", async () => {
  const wf = workflow("uses-db");
  wf.task("one", { uses: ["db"] }, () => 1);
  const other = workflow("other", { resources: { db: { slots: 2 } } });
  other.task("one", { uses: ["db"] }, () => 1);
  await using lockstep = await openForTest({ workflows: [wf, other], resources: { db: { slots: 1 } } });
  expect(await lockstep.run(wf, undefined)).toBe(1);
  await expect(lockstep.run(other, undefined)).rejects.toThrow(
    /"db" is \{ slots: 2 \} in workflow "other", and \{ slots: 1 \} in the options of open\(\)/,
  );
  await using bare = await openForTest({ workflows: [wf] });
  await expect(bare.run(wf, undefined)).rejects.toThrow(/uses "db", which nobody defines/);
});

test("a paused run takes nothing from who waits behind it, and goes on in its turn", async () => {
  const busy = setUp();
  const resources = { db: { slots: 1 } };
  const first = createMap(busy, "first", resources, { count: 5, ms: 100, uses: { db: 1 } });
  const second = createMap(busy, "second", resources, { count: 5, ms: 100, uses: { db: 1 } });
  const engine = await startTestEngine({ workflows: [first, second], clock: busy.clock });
  const paused = await engine.submit(first);
  engine.change((control) => control.pause(paused));
  const id = await engine.submit(second);
  expect(await engine.reach(id)).toBe("succeeded");
  expect(await engine.reach(paused, ["paused"])).toBe("paused");
  expect(listHolds(engine)).toEqual([]);
  engine.change((control) => control.resume(paused));
  expect(await engine.reach(paused)).toBe("succeeded");
  expect(busy.started).toHaveLength(10);
});

test("what a child workflow brings along holds at once", async () => {
  const busy = setUp();
  const child = createMap(busy, "child", { db: { slots: 2 } }, { count: 6, ms: 100, uses: { db: 1 } });
  const wf = workflow("parent");
  wf.child("nested", { workflow: child }, () => undefined as never);
  const engine = await startTestEngine({ workflows: [wf, child], clock: busy.clock });
  expect(await engine.reach(await engine.submit(wf))).toBe("succeeded");
  expect(busy.most).toEqual({ db: 2 });
});

test("a task that asks first takes nothing while it waits for the answer", async () => {
  const busy = setUp();
  const wf = workflow("asks", { resources: { db: { slots: 1 } }, strategy: "eager" });
  wf.task("asked", { uses: ["db"], checkpoint: { message: "Go?" } }, () => busy.work("asked", 100, { db: 1 }));
  wf.task("other", { uses: ["db"] }, () => busy.work("other", 5_000, { db: 1 }));
  const engine = await startTestEngine({ workflows: [wf], clock: busy.clock });
  const id = await engine.submit(wf);
  await engine.drive(new Promise<void>((resolve) => void busy.clock.schedule(50, resolve)));
  expect(engine.statuses(id)).toEqual({ asked: "waiting", other: "running" });
  expect(listHolds(engine)).toHaveLength(1);
});

describe("a rate", () => {
  const github = { github: { rate: "60/min", burst: 3 } };

  test("lets its burst through at once, and then one in each interval", async () => {
    const busy = setUp();
    const wf = createMap(busy, "call", github, { count: 8, ms: 10, uses: { github: 1 } });
    const engine = await startTestEngine({ workflows: [wf], clock: busy.clock });
    expect(await engine.reach(await engine.submit(wf))).toBe("succeeded");
    expect(busy.started.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  test("is not doubled by another engine, nor by a restart", async () => {
    const busy = setUp();
    const wf = createMap(busy, "call", github, { count: 6, ms: 10, uses: { github: 1 } });
    const { engines, onTurn } = hintEachOther();
    const first = await startTestEngine({ workflows: [wf], clock: busy.clock, onTurn });
    const second = await startTestEngine({ workflows: [wf], clock: busy.clock, path: first.path, onTurn });
    engines.push(first, second);
    const ids = [await first.submit(wf), await second.submit(wf)];
    await first.drive(new Promise<void>((resolve) => void busy.clock.schedule(2_500, resolve)));
    await first.stop();
    const third = await startTestEngine({ workflows: [wf], clock: busy.clock, path: second.path, onTurn });
    engines.splice(0, 1, third);
    for (const id of ids) expect(await third.reach(id)).toBe("succeeded");
    const starts = busy.started.map(({ atMs }) => atMs);
    for (const from of starts) {
      expect(starts.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(from === 0 ? 3 : 1);
    }
    expect(starts).toHaveLength(12);
  });
});
