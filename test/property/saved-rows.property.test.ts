import fc from "fast-check";
import { expect, test } from "vitest";
import { markDirty } from "../../src/core/run-state.ts";
import { getRows } from "../../src/store/rows.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { storeEngine, storeOwnedRun } from "../support/stored-run.ts";

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

/** Many of few kinds, so that groups of them are written by one statement; some differ in one thing from their kind. */
function ofFewKinds<T extends object>(one: fc.Arbitrary<T>, differing: readonly (keyof T)[]): fc.Arbitrary<T[]> {
  const differ = fc.tuple(fc.constantFrom(null, ...differing), one);
  return fc.array(one, { minLength: 1, maxLength: 3 }).chain((kinds) =>
    fc.array(
      fc
        .tuple(fc.constantFrom(...kinds), differ)
        .map(([kind, [key, other]]) => (key === null ? kind : { ...kind, [key]: other[key] })),
      { minLength: 1, maxLength: 20 },
    ),
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
      (ends) => {
        const states = ends.map(() => storeOwnedRun(store, [{}], engineId));
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
        store.sqlite.exec("DELETE FROM task; DELETE FROM event; DELETE FROM run");
      },
    ),
    { numRuns: 200 },
  );
});
