import { toCanonicalJson } from "../../src/core/canonical-json.ts";
import type { TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { Store } from "../../src/store/open-store.ts";
import { attempt, definition, definitionTask, run, task, value } from "../../src/store/schema.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { buildSpecGraph } from "../../src/views/spec-graph.ts";

/** 2026-11-24T02:30:00.000Z: when runs of tests are created, unless they say otherwise. */
export const CREATED_AT = Date.UTC(2026, 10, 24, 2, 30);

type TaskRow = typeof task.$inferInsert;
type RunRow = typeof run.$inferInsert;
type AttemptRow = typeof attempt.$inferInsert;

/** A spec of tasks that need one another by name, in layer order. */
export function createSpec(
  name: string,
  needsOf: Readonly<Record<string, readonly string[]>>,
  more: Partial<WorkflowSpec> & { readonly of?: Readonly<Record<string, Partial<TaskSpec>>> } = {},
): WorkflowSpec {
  const ids = Object.keys(needsOf);
  const { of = {}, ...rest } = more;
  const tasks = ids.map((id): TaskSpec => {
    const needs = Object.fromEntries((needsOf[id] ?? []).map((need) => [need, ids.indexOf(need)]));
    return { id, kind: "function", ...(Object.keys(needs).length > 0 ? { needs } : {}), ...of[id] };
  });
  return { format: 1, name, tasks, returns: { kind: "task", task: ids.length - 1 }, ...rest };
}

/** Inserts a run with a row for each task: succeeded, one second long, unless `tasks` says otherwise. */
export function insertRunRows(
  { db, transaction }: Store,
  spec: WorkflowSpec,
  { tasks = {}, ...facts }: Partial<RunRow> & { tasks?: Readonly<Record<string, Partial<TaskRow>>> } = {},
): number {
  return transaction(() => {
    const definitionId = insertDefinition(db, spec);
    const isFinished = facts.status === undefined || ["succeeded", "failed", "canceled"].includes(facts.status);
    const graph = buildSpecGraph(spec);
    const row = {
      uid: `uid-${db.select({ id: run.id }).from(run).all().length}`,
      definitionId,
      workflow: spec.name,
      status: "succeeded",
      mode: "foreground",
      input: "{}",
      cwd: "/work",
      scheduledAt: "2026-11-24T02:30:00.000Z",
      rowCount: spec.tasks.length,
      layer: graph.layerCount - 1,
      createdAt: CREATED_AT,
      startedAt: CREATED_AT,
      ...(isFinished ? { finishedAt: CREATED_AT + graph.layerCount * 1_000 } : {}),
      ...facts,
    } as const satisfies RunRow;
    const { id: runId } = db.insert(run).values(row).returning({ id: run.id }).get();
    for (const [idx, { id }] of spec.tasks.entries()) {
      const layer = graph.layer[idx] ?? 0;
      insertTaskRow(db, { runId, idx, layer, ...tasks[id] });
    }
    return runId;
  });
}

type Db = Store["db"];

function insertDefinition(db: Db, spec: WorkflowSpec): number {
  const json = toCanonicalJson(spec);
  const graph = buildSpecGraph(spec);
  const values = { hash: json, workflow: spec.name, spec: json, taskCount: spec.tasks.length, createdAt: CREATED_AT };
  const known = db
    .select()
    .from(definition)
    .all()
    .find((each) => each.hash === json);
  if (known !== undefined) return known.id;
  const { id } = db.insert(definition).values(values).returning({ id: definition.id }).get();
  const rows = spec.tasks.map((each, idx) => ({ definitionId: id, idx, name: each.id, layer: graph.layer[idx] ?? 0 }));
  for (let at = 0; at < rows.length; at += 5_000)
    db.insert(definitionTask)
      .values(rows.slice(at, at + 5_000))
      .run();
  return id;
}

function insertTaskRow(db: Db, row: Partial<TaskRow> & { runId: number; idx: number; layer: number }): number {
  const status = row.status ?? "succeeded";
  const startedAt = CREATED_AT + row.layer * 1_000;
  const wasStarted = status === "succeeded" || status === "failed" || status === "running";
  const times = wasStarted
    ? { attempt: 1, startedAt, ...(status === "running" ? {} : { finishedAt: startedAt + 1_000 }) }
    : {};
  const id = getTaskId(row.runId, row.idx);
  db.insert(task)
    .values({ id, status, ...times, ...row })
    .run();
  return id;
}

/** Expands a map's row of a run into instances, succeeded unless said otherwise. */
export function insertInstances(
  { db }: Store,
  runId: number,
  mapIdx: number,
  instances: readonly Partial<TaskRow>[],
  labels: readonly string[] | null = null,
): void {
  const parentId = getTaskId(runId, mapIdx);
  const all = db
    .select()
    .from(task)
    .all()
    .filter((row) => row.runId === runId);
  const parent = all.find((row) => row.id === parentId);
  const itemsBase = Math.max(...all.map((row) => row.idx)) + 1;
  const json = JSON.stringify({ items: instances.map((_, item) => item), labels });
  const { id: listId } = db.insert(value).values({ bytes: json.length, json }).returning({ id: value.id }).get();
  db.run(
    `UPDATE task SET list_id = ${listId}, items_base = ${itemsBase}, items_count = ${instances.length} WHERE id = ${parentId}`,
  );
  for (const [item, row] of instances.entries()) {
    insertTaskRow(db, { runId, idx: itemsBase + item, layer: parent?.layer ?? 0, parentId, item, ...row });
  }
}

/** The row of an attempt that was no plain first success. */
export function insertAttempt({ db }: Store, runId: number, idx: number, row: Partial<AttemptRow> = {}): void {
  const at = { startedAt: CREATED_AT, finishedAt: CREATED_AT + 500 };
  db.insert(attempt)
    .values({ taskId: getTaskId(runId, idx), generation: 0, number: 1, status: "failed", ...at, ...row })
    .run();
}
