import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  InvalidInputError,
  KeyConflictError,
  NotFoundError,
  RunCanceledError,
  RunFailedError,
} from "../../src/core/errors.ts";
import { type EventView, type Lockstep, type OpenOptions, open, workflow } from "../../src/index.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { takeTurns } from "../support/test-engine.ts";

async function openHere(options: OpenOptions = {}): Promise<Lockstep & { readonly db: string }> {
  const db = options.db ?? join(createTemporaryFolder(), "state", "lockstep.db");
  const lockstep = await open({ ...options, db });
  onTestFinished(() => lockstep.close());
  return { ...lockstep, db };
}

function createDouble() {
  const calls: number[] = [];
  const wf = workflow("double", {
    input: {
      "~standard": {
        ...{ version: 1, vendor: "test" },
        types: undefined as unknown as { input: { n: number }; output: { n: number } },
        validate: (value: unknown) => ({ value: value as { n: number } }),
      },
    },
  });
  const twice = wf.task("twice", ({ input }) => {
    calls.push(input.n);
    return { n: input.n * 2, at: new Date(0) };
  });
  wf.returns(twice);
  return { wf, calls };
}

/** A task that ends when it is told to, or to abort. */
function createHeld() {
  const gate = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<void>();
  const wf = workflow("held");
  const hold = wf.task("hold", ({ signal }) => {
    begun.resolve();
    return new Promise<string>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      void gate.promise.then(resolve);
    });
  });
  wf.returns(hold);
  return { wf, gate, begun: begun.promise };
}

const NOTHING = undefined as never;

describe("the library", () => {
  test("runs a workflow and gives its recorded result, as JSON has it", async () => {
    const lockstep = await openHere();
    const { wf } = createDouble();
    expect(await lockstep.run(wf, { n: 4 })).toEqual({ n: 8, at: "1970-01-01T00:00:00.000Z" });
  });

  test("runs the functions of the workflow that it was given, beside others of the same name and graph", async () => {
    const lockstep = await openHere();
    const make = (value: number) => {
      const wf = workflow("made");
      const only = wf.task("only", () => takeTurns(3).then(() => value));
      wf.returns(only);
      return wf;
    };
    expect(await Promise.all([1, 2, 3].map((value) => lockstep.run(make(value), null)))).toEqual([1, 2, 3]);
    expect(await Promise.all([4, 5, 6].map((value) => lockstep.start(make(value), null).result()))).toEqual([4, 5, 6]);
    const [first, second] = [make(7), make(8)];
    const inTurn = [];
    for (const wf of [first, second, first]) inTurn.push(await lockstep.run(wf, null));
    expect(inTurn).toEqual([7, 8, 7]);
  });

  test("keeps the functions of runs that have not ended, however many it has started", async () => {
    const lockstep = await openHere();
    const { promise, resolve } = Promise.withResolvers<void>();
    const make = (value: number, until: Promise<void>) => {
      const wf = workflow("made");
      const first = wf.task("first", () => until);
      wf.returns(wf.task("second", { after: [first] }, () => value));
      return wf;
    };
    const early = lockstep.start(make(1, promise), null);
    const others = Array.from({ length: 1_200 }, (_, at) => lockstep.start(make(at, Promise.resolve()), null).result());
    expect(await Promise.all(others)).toEqual(Array.from({ length: 1_200 }, (_, at) => at));
    resolve();
    expect(await early.result()).toBe(1);
  });

  test("takes the same key with the same input for the same run, and refuses it with another one", async () => {
    const lockstep = await openHere();
    const { wf, calls } = createDouble();
    const first = lockstep.start(wf, { n: 1 }, { key: "k" });
    const second = lockstep.start(wf, { n: 1 }, { key: "k" });
    expect(second.id).toBe(first.id);
    expect(await lockstep.run(wf, { n: 1 }, { key: "k" })).toEqual(await first.result());
    expect(calls).toEqual([1]);
    await expect(lockstep.run(wf, { n: 2 }, { key: "k" })).rejects.toThrow(KeyConflictError);
    expect(() => lockstep.start(wf, { n: 2 }, { key: "k" })).toThrow(KeyConflictError);
  });

  test("rejects with the task that failed, and what it threw as the cause", async () => {
    const lockstep = await openHere();
    const wf = workflow("bad");
    wf.task("breaks", () => {
      throw new TypeError("not a function");
    });
    const error = await lockstep.run(wf, NOTHING).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({ run: "1", task: "breaks", cause: { name: "TypeError", message: "not a function" } });
  });

  test("cancels a run whose signal is aborted, also one that was aborted before", async () => {
    const lockstep = await openHere();
    const { wf, begun } = createHeld();
    const controller = new AbortController();
    const running = lockstep.run(wf, NOTHING, { signal: controller.signal });
    running.catch(() => {});
    await begun;
    controller.abort();
    await expect(running).rejects.toThrow(RunCanceledError);
    await expect(lockstep.run(wf, NOTHING, { signal: AbortSignal.abort() })).rejects.toThrow("was canceled: aborted");
  });

  test("takes a person's reason for words, whatever they are", async () => {
    const lockstep = await openHere();
    const { wf, begun } = createHeld();
    const run = lockstep.start(wf, NOTHING);
    await begun;
    run.cancel("timeout");
    await expect(run.result()).rejects.toThrow(RunCanceledError);
  });

  test("hands out runs by their number: status, pause, resume, cancel and retry", async () => {
    const lockstep = await openHere();
    const { wf, gate, begun } = createHeld();
    const run = lockstep.handle<string>(lockstep.start(wf, NOTHING).id);
    await begun;
    expect(run.status()).toBe("running");
    run.pause();
    gate.resolve("held");
    expect(await run.result()).toBe("held"); // nothing was left to pause
    expect(() => run.cancel()).toThrow("cannot cancel now");
    expect(() => run.retry()).toThrow("nothing has failed");
    run.retry({ from: "hold" });
    expect(await run.result()).toBe("held");
    expect(() => lockstep.handle("99")).toThrow(NotFoundError);
    expect(() => lockstep.handle("held")).toThrow("expected a number");
  });

  test("ends waiting after its timeout, and the run goes on", async () => {
    const lockstep = await openHere();
    const { wf, gate } = createHeld();
    const run = lockstep.start(wf, NOTHING);
    await expect(run.result({ timeout: "1ms" })).rejects.toMatchObject({ code: "wait_timeout" });
    gate.resolve("late");
    expect(await run.result()).toBe("late");
  });

  test("tells what happens in order, and continues at a seq", async () => {
    const lockstep = await openHere();
    const { wf } = createDouble();
    await lockstep.run(wf, { n: 1 });
    const seen: EventView[] = [];
    for await (const event of lockstep.events()) {
      seen.push(event);
      if (event.kind === "run.succeeded") break;
    }
    expect(seen.map((event) => event.kind)).toEqual([
      ...["run.queued", "run.started", "task.started", "task.succeeded", "run.succeeded"],
    ]);
    const middle = seen[2]?.seq as number;
    const following = lockstep.events({ after: middle, types: ["task.succeeded", "run.succeeded"] });
    const rest: EventView[] = [];
    const reading = (async () => {
      for await (const event of following) if (rest.push(event) === 4) break;
    })();
    await lockstep.run(wf, { n: 2 });
    await reading;
    expect(rest.map((event) => [event.run, event.kind])).toEqual([
      [1, "task.succeeded"],
      [1, "run.succeeded"],
      [2, "task.succeeded"],
      [2, "run.succeeded"],
    ]);
  });

  test("takes all of tasks as a type of events, and refuses one that is never told", async () => {
    const lockstep = await openHere();
    await lockstep.run(createDouble().wf, { n: 1 });
    const kinds: string[] = [];
    for await (const { kind } of lockstep.events({ types: ["task"] })) if (kinds.push(kind) === 2) break;
    expect(kinds).toEqual(["task.started", "task.succeeded"]);
    const misspelled = lockstep.events({ types: ["task.suceeded"] })[Symbol.asyncIterator]();
    await expect(misspelled.next()).rejects.toThrow(
      'types: expected kinds of events such as run.failed, or run for all of runs, found "task.suceeded". Did you mean "task.succeeded"? There are: run.queued, ',
    );
  });

  test("ends its events and tells who waits when it is closed; twice does no harm; another one goes on", async () => {
    const first = await openHere();
    const { wf, gate, begun } = createHeld();
    const waiting = first.run(wf, NOTHING, { key: "k" });
    waiting.catch(() => {});
    await begun;
    const events = (async () => {
      for await (const event of first.events({ after: 1_000 })) expect(event).toBeUndefined();
    })();
    await Promise.all([first.close(), first.close()]);
    await events;
    await expect(waiting).rejects.toMatchObject({ code: "engine_stopped" });
    gate.resolve("again");
    const second = await openHere({ db: first.db, workflows: [wf] });
    expect(await second.run(wf, NOTHING, { key: "k" })).toBe("again");
  });

  test("waits for a result for longer than a timer of Node can, without giving up at once", async () => {
    const lockstep = await openHere();
    const { wf, gate } = createHeld();
    const run = lockstep.start(wf, NOTHING);
    const patient = run.result({ timeout: "30d" });
    patient.catch(() => {});
    await expect(run.result({ timeout: "20ms" })).rejects.toMatchObject({ code: "wait_timeout" });
    gate.resolve("late");
    expect(await patient).toBe("late");
  });

  test.each([
    { options: { maxConcurrent: 0 }, message: "maxConcurrent: expected an integer of at least 1, found 0" },
    { options: { maxConcurrent: "4" }, message: 'maxConcurrent: expected an integer of at least 1, found "4"' },
    { options: { labels: { team: 1 } }, message: "labels.team: expected text, found 1" },
    { options: { key: "" }, message: 'key: expected text, found ""' },
    { options: { review: "yes" }, message: 'review: expected true or false, found "yes"' },
    { options: { maxConcurent: 2 }, message: 'Did you mean "maxConcurrent"?' },
  ])("refuses $options of a run, and starts nothing", async ({ options, message }) => {
    const lockstep = await openHere();
    const { wf, calls } = createDouble();
    expect(() => lockstep.start(wf, { n: 1 }, options as never)).toThrow(message);
    await expect(lockstep.run(wf, { n: 1 }, options as never)).rejects.toThrow(message);
    expect(() => lockstep.handle("1")).toThrow(NotFoundError);
    expect(calls).toEqual([]);
  });

  test("refuses an input or something to show that JSON cannot hold, as wrong input", async () => {
    const lockstep = await openHere();
    const { wf } = createDouble();
    const given = { n: 1, seen: new Set([1]) };
    const message = "JSON cannot hold what was given: input.seen is a Set. Give [...seen].";
    expect(() => lockstep.start(wf, given)).toThrow(new InvalidInputError(message));
    await expect(lockstep.ask({ message: "Go?", show: () => 1 })).rejects.toBeInstanceOf(InvalidInputError);
    expect(lockstep.checkpoints()).toEqual([]);
  });

  test("says that it is closed, whatever it is asked for then", async () => {
    const lockstep = await openHere();
    const { wf } = createDouble();
    const run = lockstep.start(wf, { n: 1 });
    await run.result();
    await lockstep.close();
    const closed = { code: "engine_stopped", message: expect.stringContaining("closed") };
    for (const ask of [
      () => run.status(),
      () => run.cancel(),
      () => lockstep.handle("1"),
      () => lockstep.checkpoints(),
    ]) {
      expect(ask).toThrow(expect.objectContaining(closed));
    }
    await expect(run.result()).rejects.toMatchObject(closed);
    await expect(lockstep.run(wf, { n: 1 })).rejects.toMatchObject(closed);
    await expect(lockstep.ask({ message: "Still there?" })).rejects.toMatchObject(closed);
    await expect(lockstep.work()).rejects.toMatchObject(closed);
  });

  test("refuses two workflows of one name: a run would find the functions of the other", async () => {
    const [one, other] = [createDouble().wf, createDouble().wf];
    await expect(openHere({ workflows: [one, other] })).rejects.toThrow('two named "double"');
    const lockstep = await openHere({ workflows: [one, one] });
    expect(await lockstep.run(one, { n: 1 })).toMatchObject({ n: 2 });
  });

  test.each([
    [{ db: ":memory:" }, 'expected the path of a file, found ":memory:"'],
    [{ db: "file:runs.db?mode=rw" }, "expected the path of a file"],
    [{ db: "" }, "db: expected the path of a file"],
    [{ db: 7 }, "db: expected the path of a file, found 7"],
    [{ sync: "ful" }, 'sync: expected one of "full", "normal"'],
    [{ execute: "no" }, "execute: expected true or false"],
    [{ codeVersion: 3 }, "codeVersion: expected text"],
    [{ dbs: "runs.db" }, 'unknown key "dbs" in the options of open(). Did you mean "db"?'],
  ])("open(%j) is refused, and no file is made", async (options, message) => {
    const folder = createTemporaryFolder();
    const path = join(folder, "runs.db");
    await expect(open({ db: path, ...(options as object) })).rejects.toThrow(message);
    expect([readdirSync(folder), existsSync(":memory:")]).toEqual([[], false]);
  });

  test.each([" 1", "1e0", "0x1", "01", "-1", "", "held"])(
    "knows no run %j, whatever Number() makes of it",
    async (run) => {
      const lockstep = await openHere();
      await lockstep.run(createDouble().wf, { n: 1 });
      expect(() => lockstep.handle(run)).toThrow("expected a number, as in handle.id");
      expect(() => lockstep.checkpoints({ run })).toThrow("expected a number, as in handle.id");
    },
  );

  test("refuses a question whose risk is none", async () => {
    const lockstep = await openHere();
    await expect(lockstep.ask({ message: "Go?", risk: "huge" as never })).rejects.toThrow('found "huge"');
    expect(lockstep.checkpoints()).toEqual([]);
  });

  test("of two in one process sees what the other one does", async () => {
    const first = await openHere();
    const { wf, gate } = createHeld();
    const second = await openHere({ db: first.db });
    const run = first.start(wf, NOTHING);
    const there = second.handle<string>(run.id).result();
    await takeTurns(3);
    gate.resolve("seen");
    expect(await there).toBe("seen");
  });
});

describe("child workflows in a program", () => {
  test("give their result, typed as JSON holds it", async () => {
    const lockstep = await openHere();
    const dated = workflow("dated");
    const epoch = dated.returns(dated.task("epoch", () => ({ n: 21, at: new Date(0) })));
    const wf = workflow("parent");
    const child = wf.child("child", { workflow: epoch }, () => undefined);
    const year = wf.task("year", { needs: { child } }, ({ needs }) => needs.child.at.slice(0, 4));
    expect(await lockstep.run(wf.returns({ child, year }), NOTHING)).toEqual({
      child: { n: 21, at: "1970-01-01T00:00:00.000Z" },
      year: "1970",
    });
    expect(await lockstep.handle<{ n: number }>("2").result()).toMatchObject({ n: 21 });
  });

  test("go on in the next program that knows the parent alone", async () => {
    const first = await openHere();
    const { wf: held, gate, begun } = createHeld();
    const wf = workflow("parent");
    wf.child("child", { workflow: held }, () => undefined);
    const waiting = first.run(wf, NOTHING, { key: "k" });
    waiting.catch(() => {});
    await begun;
    await first.close();
    gate.resolve("held");
    const second = await openHere({ db: first.db, workflows: [wf] });
    expect(await second.run(wf, NOTHING, { key: "k" })).toBe("held");
    expect(() => second.handle("3")).toThrow(NotFoundError);
  });

  test("fail with the run that failed", async () => {
    const lockstep = await openHere();
    const bad = workflow("bad");
    bad.task("boom", () => {
      throw new Error("no disk");
    });
    const wf = workflow("parent");
    wf.child("child", { workflow: bad }, () => undefined);
    const failed = lockstep.run(wf, NOTHING);
    await expect(failed).rejects.toBeInstanceOf(RunFailedError);
    await expect(failed).rejects.toThrow("Run #1 parent failed. child: child run #2 bad failed. boom: no disk");
  });
});
