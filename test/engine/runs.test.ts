import { describe, expect, test } from "vitest";
import { NonRetryableError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { createFaultyStore } from "../support/faulty-store.ts";
import { startTestEngine, takeTurns } from "../support/test-engine.ts";

const RETRY = { attempts: 3, backoff: "10s", factor: 3, jitter: 0 } as const;

describe("retries", () => {
  test("wait for the instant that the row says, grow by their factor, and keep their idempotency key", async () => {
    const keys: string[] = [];
    const starts: number[] = [];
    const wf = workflow("flaky");
    wf.task("call", { retry: RETRY }, ({ idempotencyKey, attempt }) => {
      keys.push(idempotencyKey);
      starts.push(engine.clock.now());
      if (attempt < 3) throw new Error(`no ${attempt}`);
      return "yes";
    });
    const engine = await startTestEngine({ workflows: [wf] });
    const startAt = engine.clock.now();
    const id = await engine.submit(wf);
    await takeTurns(4);
    const wakeAt = engine.store.sqlite.prepare("SELECT wake_at FROM task WHERE status = 'retrying'").pluck().get();
    expect(wakeAt).toBe(startAt + 10_000);
    expect(await engine.reach(id)).toBe("succeeded");
    expect(starts).toEqual([startAt, startAt + 10_000, startAt + 40_000]);
    expect(new Set(keys)).toHaveLength(1);
    const attempts = engine.store.sqlite.prepare("SELECT number, status FROM attempt ORDER BY number").raw().all();
    expect(attempts).toEqual([
      [1, "failed"],
      [2, "failed"],
      [3, "succeeded"],
    ]);
  });

  test("are over after the last attempt, and none follows an error that says so", async () => {
    const wf = workflow("hopeless");
    const stubborn = wf.task("stubborn", { retry: RETRY }, () => {
      throw new Error("never");
    });
    wf.task("final", { retry: RETRY }, () => {
      throw new NonRetryableError("useless");
    });
    wf.task("after", { needs: { stubborn } }, () => 1);
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    expect(await engine.reach(id)).toBe("failed");
    expect(engine.statuses(id)).toEqual({ stubborn: "failed", final: "failed", after: "skipped upstream_failed" });
    const rows = engine.store.sqlite.prepare("SELECT idx, attempt, tries FROM task ORDER BY idx").raw().all();
    expect(rows).toEqual([
      [0, 3, 3],
      [1, 1, 1],
      [2, 0, 0],
    ]);
  });

  test("that wait are taken up by the next engine at their instant", async () => {
    const starts: number[] = [];
    const wf = workflow("flaky");
    wf.task("call", { retry: { ...RETRY, backoff: "1h", maxDelay: "2h" } }, ({ attempt }) => {
      starts.push(attempt);
      if (attempt === 1) throw new Error("no");
    });
    const first = await startTestEngine({ workflows: [wf] });
    const id = await first.submit(wf);
    await takeTurns(4);
    await first.stop();
    const second = await startTestEngine({ workflows: [wf], path: first.path, clock: first.clock });
    const before = second.clock.now();
    expect(await second.reach(id)).toBe("succeeded");
    expect(second.clock.now() - before).toBeGreaterThanOrEqual(3_599_000);
    expect(starts).toEqual([1, 2]);
  });
});

describe("time", () => {
  test("a task that is longer than its timeout fails with that reason, after its grace", async () => {
    const wf = workflow("slow");
    wf.task(
      "wait",
      { timeout: "5s" },
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const engine = await startTestEngine({ workflows: [wf] });
    const startAt = engine.clock.now();
    const id = await engine.submit(wf);
    expect(await engine.reach(id)).toBe("failed");
    expect(engine.statuses(id)).toEqual({ wait: "failed timeout" });
    expect(engine.clock.now() - startAt).toBe(5_000);
  });

  test("a run that is longer than its deadline is failed with the reason timeout, and its tasks are canceled", async () => {
    const wf = workflow("long", { timeout: "1m" });
    const first = wf.task(
      "first",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    wf.task("second", { needs: { first } }, () => 1);
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    expect(await engine.reach(id)).toBe("failed");
    expect(engine.rows.runs.get(id).reason).toBe("timeout");
    expect(engine.statuses(id)).toEqual({ first: "canceled", second: "canceled" });
  });

  test("the deadline of a run does not count the time for which it was paused", async () => {
    const wf = workflow("long", { timeout: "1m" });
    wf.task("first", { retry: { attempts: 2, backoff: "50s", jitter: 0 } }, ({ attempt }) => {
      if (attempt === 1) throw new Error("no");
    });
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    await takeTurns(4);
    engine.change((control) => control.pause(id));
    await engine.reach(id, ["paused"]);
    engine.clock.advance(3_600_000);
    engine.change((control) => control.resume(id));
    expect(await engine.reach(id)).toBe("succeeded");
  });
});

describe("group commit", () => {
  async function countTransactions(build: (wf: ReturnType<typeof workflow>) => void): Promise<number> {
    const wf = workflow("counted");
    build(wf);
    const faulty = createFaultyStore();
    const engine = await startTestEngine({ workflows: [wf], wrap: faulty.wrap });
    await takeTurns(3);
    const before = faulty.count();
    const id = await engine.submit(wf);
    expect(await engine.reach(id)).toBe("succeeded");
    return faulty.count() - before;
  }

  test("a chain of 100 costs a commit for each task and one more", async () => {
    const count = await countTransactions((wf) => {
      let last = wf.task("t0", () => 0);
      for (let index = 1; index < 100; index++) last = wf.task(`t${index}`, { needs: { last } }, () => index) as never;
    });
    expect(count).toBeGreaterThanOrEqual(101);
    expect(count).toBeLessThanOrEqual(103);
  });

  test("a layer of 1,000 costs a few", async () => {
    const count = await countTransactions((wf) => {
      for (let index = 0; index < 1_000; index++) wf.task(`t${index}`, () => index);
    });
    expect(count).toBeLessThanOrEqual(8);
  });
});

describe("places", () => {
  test("maxConcurrent 3 of a run never lets more than 3 of 5 tasks run, and starts the others as places become free", async () => {
    const gates: (() => void)[] = [];
    let active = 0;
    let most = 0;
    const wf = workflow("limited", { maxConcurrent: 3 });
    for (let index = 0; index < 5; index++) {
      wf.task(`t${index}`, async () => {
        most = Math.max(most, ++active);
        await new Promise<void>((resolve) => gates.push(resolve));
        active--;
      });
    }
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    await takeTurns(4);
    expect(gates).toHaveLength(3);
    gates[0]?.();
    await takeTurns(4);
    expect(gates).toHaveLength(4);
    gates[1]?.();
    await takeTurns(4);
    expect(gates).toHaveLength(5);
    for (const open of gates) open();
    expect(await engine.reach(id)).toBe("succeeded");
    expect(most).toBe(3);
  });

  test("maxConcurrent of a map holds for its instances, and their outputs keep the order of the list", async () => {
    let active = 0;
    let most = 0;
    const wf = workflow("mapped");
    const list = wf.task("list", () => [5, 4, 3, 2, 1, 0, 9]);
    const double = wf.map("double", { over: list, maxConcurrent: 3 }, async ({ item }) => {
      most = Math.max(most, ++active);
      await takeTurns(item);
      active--;
      return item * 2;
    });
    wf.task("sum", { needs: { double } }, ({ needs }) => needs.double);
    const engine = await startTestEngine({ workflows: [wf] });
    const id = await engine.submit(wf);
    expect(await engine.reach(id)).toBe("succeeded");
    expect(most).toBe(3);
    expect(engine.rows.tasks.getOutputAt(id, 2)).toBe("[10,8,6,4,2,0,18]");
  });

  test("a run of 10,000 does not starve a run of one", async () => {
    let done = 0;
    const big = workflow("big");
    for (let index = 0; index < 10_000; index++) big.task(`t${index}`, async () => void done++);
    let doneBefore = Number.POSITIVE_INFINITY;
    const small = workflow("small");
    small.task("only", () => {
      doneBefore = done;
    });
    const engine = await startTestEngine({ workflows: [big, small], places: { function: 50, command: 1 } });
    const bigId = await engine.submit(big);
    const smallId = await engine.submit(small);
    expect(await engine.reach(smallId)).toBe("succeeded");
    expect(doneBefore).toBeLessThan(500);
    engine.change((control) => control.cancel(bigId, null));
    await engine.reach(bigId);
  });

  test("a run that waits for a place of one class is served when another run gives it back", async () => {
    const gates: (() => void)[] = [];
    const wf = workflow("one");
    wf.task("hold", () => new Promise<void>((resolve) => gates.push(resolve)));
    const engine = await startTestEngine({ workflows: [wf], places: { function: 1, command: 1 } });
    const first = await engine.submit(wf);
    const second = await engine.submit(wf);
    await takeTurns(5);
    expect(gates).toHaveLength(1);
    gates[0]?.();
    await engine.reach(first);
    await takeTurns(4);
    gates[1]?.();
    expect(await engine.reach(second)).toBe("succeeded");
  });

  test("more queued runs than one turn looks at are all taken up", async () => {
    const wf = workflow("queued");
    wf.task("only", () => 1);
    const stranger = workflow("stranger");
    stranger.task("only", () => 1);
    const writer = await startTestEngine({ workflows: [wf, stranger], isIdle: true });
    const { submitQueuedRun } = await import("../../src/engine/submission.ts");
    writer.store.transaction(() => {
      for (const [workflowOf, count] of [
        [stranger, 300],
        [wf, 500],
      ] as const)
        for (let index = 0; index < count; index++)
          submitQueuedRun(
            writer.rows,
            writer.engine.plans,
            writer.toSubmission(workflowOf),
            () => `${workflowOf}${index}`.slice(-20) + Math.trunc(index) + count,
            1,
          );
    });
    const engine = await startTestEngine({ workflows: [wf], path: writer.path });
    await engine.reach(800);
    const ended = engine.store.sqlite
      .prepare("SELECT workflow, status, count(*) FROM run GROUP BY 1, 2 ORDER BY 1")
      .raw()
      .all();
    expect(ended).toEqual([
      ["queued", "succeeded", 500],
      ["stranger", "queued", 300],
    ]);
  });
});
