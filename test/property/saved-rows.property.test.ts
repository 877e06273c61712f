import fc from "fast-check";
import { expect, test } from "vitest";
import { createRunState, markDirty } from "../../src/core/run-state.ts";
import { startRun } from "../../src/engine/take-up-run.ts";
import { getRows, insertRuns } from "../../src/store/rows.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTasksSpec, storeEngine, storeOwnedRun, storePlan } from "../support/stored-run.ts";

const at = fc.constantFrom(10, 20, null);

/** What memory has of a task after a turn, and what its row had before: few values, so that many tasks are alike. */
const change = fc.record({
  saved: fc.constantFrom("pending" as const, "ready" as const, "running" as const),
  status: fc.constantFrom("running" as const, "succeeded" as const, "failed" as const, "skipped" as const),
  reason: fc.constantFrom(null, "condition" as const, "run_stopped" as const),
  step: fc.constantFrom("body" as const, "body" as const, "approved" as const),
  generation: fc.constantFrom(0, 0, 0, 1),
  attempt: fc.constantFrom(0, 1, 1, 2),
  tries: fc.constantFrom(0, 0, 1),
  interruptions: fc.constantFrom(0, 0, 1),
  startedAt: at,
  finishedAt: at,
  output: fc.constantFrom(null, "1", '"é"', JSON.stringify("x".repeat(5_000))),
  before: fc.record({
    reason: fc.constantFrom(null, "condition"),
    step: fc.constantFrom("body", "approved"),
    attempt: fc.nat(3),
    tries: fc.nat(3),
    interruptions: fc.nat(3),
  }),
});

/**
 * Many of few kinds, so that groups of them are written by one statement; some differ in one thing from their kind. Some
 * stand often in a row: a series.
 */
function ofFewKinds<T extends object>(one: fc.Arbitrary<T>, differing: readonly (keyof T)[]): fc.Arbitrary<T[]> {
  const differ = fc.tuple(fc.constantFrom(null, ...differing), one);
  const times = fc.constantFrom(1, 1, 1, 1, 15, 16, 17, 33);
  return fc.array(one, { minLength: 1, maxLength: 3 }).chain((kinds) =>
    fc
      .array(
        fc.tuple(fc.constantFrom(...kinds), differ, times).map(([kind, [key, other], count]) => {
          const made = key === null ? kind : { ...kind, [key]: other[key] };
          return Array.from({ length: count }, () => ({ ...made }));
        }),
        { minLength: 1, maxLength: 12 },
      )
      .map((blocks) => blocks.flat()),
  );
}

test("whatever statement writes a row, all of it is as memory has it then", async () => {
  const store = await openTestStore();
  const rows = getRows(store);
  const prepare = store.sqlite.prepare(
    `UPDATE task SET status = @saved, reason = @reason, step = @step, attempt = @attempt, tries = @tries,
       interruptions = @interruptions, started_at = 98, finished_at = 99 WHERE id = @id`,
  );
  const read = store.sqlite.prepare<[number]>(
    `SELECT status, reason, step, generation, attempt, tries, interruptions, wake_at AS wakeAt, revision,
       started_at AS startedAt, finished_at AS finishedAt FROM task WHERE id = ?`,
  );
  fc.assert(
    fc.property(ofFewKinds(change, ["saved", "reason", "attempt", "startedAt", "finishedAt", "output"]), (changes) => {
      const state = storeOwnedRun(
        store,
        changes.map(() => ({})),
      );
      store.transaction(() => {
        for (const [index, { before, saved, output, ...memory }] of changes.entries()) {
          prepare.run({ ...before, saved, id: getTaskId(state.id, index) });
          const node = state.nodes[index];
          if (node === undefined) throw new Error(`no task ${index}`);
          Object.assign(node, memory, { savedStatus: saved });
          if (memory.status === "succeeded") node.newOutput = output;
          markDirty(state, node);
        }
        rows.tasks.save([state]);
      });
      for (const [index, { before: _, saved: __, output, ...memory }] of changes.entries()) {
        expect(read.get(getTaskId(state.id, index))).toEqual({ ...memory, wakeAt: null, revision: 0 });
        expect(rows.tasks.getOutputAt(state.id, index)).toBe(memory.status === "succeeded" ? output : null);
      }
    }),
    { numRuns: 300 },
  );
});

/** What memory has of a run after a turn; all of them were running. */
const end = fc.record({
  status: fc.constantFrom("running" as const, "succeeded" as const, "failed" as const, "canceled" as const),
  reason: fc.constantFrom(null, null, "enough"),
  intent: fc.constantFrom("none" as const, "cancel" as const),
  rowCount: fc.constantFrom(1, 1, 4),
  openLayer: fc.constantFrom(-1, 0, 0, 3),
  deadlineAt: fc.constantFrom(null, null, 50),
  parkedAt: fc.constantFrom(null, null, 40),
  startedAt: fc.constantFrom(10, 11),
});

test("the same of runs, alone and together", async () => {
  const store = await openTestStore();
  const rows = getRows(store);
  const engineId = store.transaction(() => storeEngine(rows));
  const read = store.sqlite.prepare<[number]>(
    `SELECT status, reason, intent, row_count AS rowCount, layer, deadline_at AS deadlineAt, parked_at AS parkedAt,
       started_at AS startedAt, finished_at AS finishedAt, engine_id AS owner FROM run WHERE id = ?`,
  );
  fc.assert(
    fc.property(
      ofFewKinds(end, ["reason", "intent", "rowCount", "openLayer", "deadlineAt", "parkedAt", "startedAt"]),
      fc.constantFrom(1, 1, 2),
      (ends, step) => {
        // The runs between are left as they are.
        const all = Array.from({ length: ends.length * step }, () => storeOwnedRun(store, [{}], engineId));
        const states = all.filter((_, at) => at % step === 0);
        store.transaction(() => {
          store.sqlite
            .prepare("UPDATE run SET reason = 'before', intent = 'pause', deadline_at = 97, parked_at = 96")
            .run();
          for (const [at, { status, ...memory }] of ends.entries()) {
            const isOver = status !== "running";
            const ownerId = isOver ? null : engineId;
            Object.assign(states[at] ?? {}, memory, {
              status,
              ownerId,
              finishedAt: isOver ? 60 : null,
              isRowDirty: true,
            });
          }
          rows.runs.saveAll(states);
        });
        for (const [at, { openLayer, intent, ...memory }] of ends.entries()) {
          const isOver = memory.status !== "running";
          expect(read.get(states[at]?.id ?? 0)).toEqual({
            ...memory,
            ...{ intent: isOver ? "none" : intent, layer: Math.max(0, openLayer) },
            ...{ finishedAt: isOver ? 60 : null, owner: isOver ? null : engineId },
          });
        }
        const left = store.sqlite.prepare("SELECT count(*) FROM run WHERE reason IS 'before'").pluck().get();
        expect(left).toBe(all.length - states.length);
        store.sqlite.exec("DELETE FROM task; DELETE FROM event; DELETE FROM run");
      },
    ),
    { numRuns: 200 },
  );
});

/** Of each run: how many tasks it has, and which of them succeeds with which output, or begins. */
const news = fc
  .array(
    fc.tuple(
      fc.record({ size: fc.integer({ min: 1, max: 6 }), index: fc.nat(2), output: fc.constantFrom(null, "null", "7") }),
      fc.constantFrom(1, 1, 3, 16, 20),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((blocks) => blocks.flatMap(([one, count]) => Array.from({ length: count }, () => one)));

test("what happens in many runs at once leaves all else between as it is", async () => {
  const store = await openTestStore();
  const rows = getRows(store);
  const engineId = store.transaction(() => storeEngine(rows));
  const read = store.sqlite.prepare<[], { id: number; status: string; output: string | null }>(
    "SELECT id, status, output FROM task ORDER BY id",
  );
  fc.assert(
    fc.property(news, (runs) => {
      const states = runs.map(({ size }) => storeOwnedRun(store, Array(size).fill({}), engineId));
      const expected = new Map(read.all().map(({ id }) => [id, "pending"]));
      for (const [at, { index, output }] of runs.entries()) {
        const state = states[at];
        const node = state?.nodes[index];
        if (state === undefined || node === undefined) continue;
        const status = output === null ? "running" : "succeeded";
        Object.assign(node, { status, attempt: 1, startedAt: 10, finishedAt: output === null ? null : 20 });
        if (output !== null) node.newOutput = output;
        node.savedStatus = "pending";
        markDirty(state, node);
        expected.set(getTaskId(state.id, index), `${status} ${output}`);
      }
      store.sqlite.exec("UPDATE task SET status = 'pending'");
      store.transaction(() => rows.tasks.save(states));
      const found = read
        .all()
        .map((row) => [row.id, row.status === "pending" ? "pending" : `${row.status} ${row.output}`]);
      expect(found).toEqual([...expected]);
      store.sqlite.exec("DELETE FROM task; DELETE FROM event; DELETE FROM run");
    }),
    { numRuns: 100 },
  );
});

/** What differs between runs that are submitted together. */
const submitted = fc.record({
  inputJson: fc.constantFrom("null", '{"a":"é\u0000\\""}', JSON.stringify("x".repeat(5_000))),
  key: fc.constantFrom(false, false, false, false, true),
  labels: fc.constantFrom({}, {}, {}, { team: "ops" }),
  maxConcurrent: fc.constantFrom(null, null, null, 3),
  mode: fc.constantFrom("detached" as const, "detached" as const, "foreground" as const),
  cwd: fc.constantFrom("/work", "/work", "/other"),
  file: fc.constantFrom(null, null, "/a.ts"),
  isReviewed: fc.constantFrom(false, false, true),
  isOwned: fc.constantFrom(true, true, false),
});

test("runs that are submitted together are the same that come alone", async () => {
  const store = await openTestStore();
  const rows = getRows(store);
  const engineId = store.transaction(() => storeEngine(rows));
  const kinds = ofFewKinds(submitted, [
    "inputJson",
    "key",
    "labels",
    "maxConcurrent",
    "mode",
    "cwd",
    "file",
    "isReviewed",
    "isOwned",
  ]);
  fc.assert(
    fc.property(kinds, (submissions) => {
      const states = store.transaction(() => {
        const plan = storePlan(rows, createTasksSpec([{}, {}]));
        const first = rows.runs.nextId();
        const runs = submissions.map(
          ({ inputJson, key, labels, maxConcurrent, mode, cwd, file, isReviewed, isOwned }, at) => {
            const id = first + at;
            const state = createRunState(plan, {
              ...{ id, uid: `uid-${id}`, mode, strategy: "layers", isReviewed, maxConcurrent },
              facts: {
                ...{ inputJson, labels, scheduledAt: "2026-11-24T02:30:00Z", cwd, createdAt: 1 },
                ...{ file, exportName: file, codeHash: file },
              },
            });
            if (isOwned) startRun(state, 10);
            if (isOwned) state.ownerId = engineId;
            return { state, key: key ? `key ${id}` : null, slotId: null };
          },
        );
        insertRuns(rows, runs);
        return runs;
      });
      for (const { state, key } of states) {
        const { id, uid, facts, mode, status, ownerId, openLayer, rowCount, startedAt, isReviewed } = state;
        const maxConcurrent = Number.isFinite(state.maxConcurrent) ? state.maxConcurrent : null;
        expect(rows.runs.getSaved(id, -1)).toMatchObject({
          ...{ id, uid, facts, mode, status, ownerId, maxConcurrent, rowCount, startedAt, isReviewed },
          strategy: "layers",
          layer: Math.max(0, openLayer),
        });
        if (key !== null) expect(rows.runs.findByKey("sample", key)?.id).toBe(id);
      }
      store.sqlite.exec("DELETE FROM task; DELETE FROM event; DELETE FROM run; DELETE FROM value");
    }),
    { numRuns: 100 },
  );
});
