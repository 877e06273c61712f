import { hashText } from "../../src/core/canonical-json.ts";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { CheckpointRow, NewCheckpoint } from "../../src/store/checkpoint-rows.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { createSpec, insertRunRows } from "./run-rows.ts";

/** The instant from which ages in these databases count back. */
export type Gate = Partial<NewCheckpoint> & { readonly show?: unknown; readonly resolved?: unknown };

/** Opens a checkpoint, as the engine does: before a task of a run, after a layer, or asked by a program. */
export function insertGate(store: Store, runId: number | null, gate: Gate): CheckpointRow {
  const { show, resolved, ...facts } = gate;
  const shown = { ...(show === undefined ? {} : { show }), ...(resolved === undefined ? {} : { resolved }) };
  const hash = hashText(JSON.stringify([runId, gate]));
  return store.transaction(() =>
    getRows(store).checkpoints.insert({
      ...{ runId, kind: "task", key: null, layer: null, taskId: null, round: 1, hash, message: "Go on?" },
      ...{ risk: "medium", onTimeout: "hold", expiresAt: null, createdAt: Date.now() - 60_000 },
      shownJson: Object.keys(shown).length === 0 ? null : JSON.stringify(shown),
      ...facts,
    }),
  );
}

/** A run that waits before its last task; returns its number. */
export function insertWaitingRun(store: Store, spec: WorkflowSpec, gate: Gate): number {
  const last = spec.tasks.length - 1;
  const runId = insertRunRows(store, spec, {
    // It was started by a command: a program would go on with it by itself.
    file: `${spec.name}.ts`,
    ...{ status: "waiting", parkedAt: Date.now(), createdAt: Date.now() - 60_000, layer: last },
    tasks: { [spec.tasks[last]?.id ?? ""]: { status: "waiting" } },
  });
  insertGate(store, runId, { taskId: getTaskId(runId, last), ...gate });
  return runId;
}

/** So many runs of the same workflow that wait, quickly. */
export function insertManyWaiting(store: Store, count: number, workflow = "import"): void {
  const first = insertWaitingRun(store, createSpec(workflow, { read: [], write: ["read"] }), {
    message: "Write 0?",
    risk: "low",
  });
  store.transaction(() => {
    store.sqlite.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
      INSERT INTO run (id, uid, definition_id, workflow, status, mode, input, cwd, scheduled_at, row_count, layer, parked_at, created_at, started_at)
      SELECT r.id + i, 'many-' || i, r.definition_id, r.workflow, r.status, r.mode, r.input, r.cwd, r.scheduled_at, r.row_count, r.layer, r.parked_at, r.created_at + i, r.started_at
      FROM n, run r WHERE r.id = ${first};
      INSERT INTO task (id, run_id, idx, layer, status, attempt, started_at, finished_at)
      SELECT r.id * 1048576 + t.idx, r.id, t.idx, t.layer, t.status, t.attempt, t.started_at, t.finished_at
      FROM run r, task t WHERE t.run_id = ${first} AND r.id > ${first};
      INSERT INTO checkpoint (id, run_id, number, kind, task_id, round, status, hash, message, risk, on_timeout, created_at)
      SELECT (SELECT max(id) FROM checkpoint) + r.id - ${first}, r.id, 1, c.kind, r.id * 1048576 + 1, 1, 'open', c.hash,
        'Write ' || (r.id - ${first}) || '?', c.risk, c.on_timeout, c.created_at + r.id
      FROM run r, checkpoint c WHERE c.run_id = ${first} AND r.id > ${first};`);
  });
}
