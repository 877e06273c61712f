import { eq, sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import type { JsonSchema, MapSpec, TaskSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import { task as taskTable, value } from "../store/schema.ts";
import { checkpoint } from "../store/schema-decisions.ts";
import {
  type GateConsequences,
  type HappenedTask,
  listHappened,
  listLayerConsequences,
  listLayerIndices,
  listTaskConsequences,
} from "./gate-facts.ts";
import { findLastApproval, type LastApproval } from "./last-approval.ts";
import { type CheckpointView, listCheckpoints, toCheckpointName } from "./list-checkpoints.ts";
import type { ReadStore } from "./once-per-store.ts";
import { findRunRecord, type IsEngineAlive, type RunRecord, type SeenRunStatus } from "./run-record.ts";

/** One checkpoint with all that a person needs to decide it. Values are JSON texts; null: there is none. */
export interface CheckpointDetail {
  readonly rowId: number;
  readonly number: number;
  readonly view: CheckpointView;
  readonly runStatus: SeenRunStatus | null;
  /** What people should know of the task, else of the workflow; null: nothing was written. */
  readonly description: string | null;
  readonly inputJson: string | null;
  /** What the author chose to show. */
  readonly showJson: string | null;
  /** What the task would be given: a command, a request, the list of a map. */
  readonly resolvedJson: string | null;
  /** JSON Schema of the form. */
  readonly fields: JsonSchema | null;
  /** The reviewed layer, or what the task needs. */
  readonly happened: readonly HappenedTask[];
  readonly consequences: GateConsequences;
  readonly map: MapSpec | null;
  /** Of this gate in an earlier run, or an earlier round: the last one that was approved. */
  readonly last: LastApproval | null;
  /** The newest round of the same gate: this one, unless its content has changed. */
  readonly newest: { readonly id: string; readonly hash: string };
}

/** What a checkpoint's row keeps of its question. */
export interface ShownParts {
  readonly showJson: string | null;
  readonly resolvedJson: string | null;
  readonly fields: JsonSchema | null;
}

export interface ShowCheckpointOptions {
  /** With every item that the maps before it gave. @default false: as many as a screen shows */
  readonly isWhole?: boolean;
}

/** One checkpoint; undefined where there is none of that name. `run` is null for a question without a run. */
export function showCheckpoint(
  store: ReadStore,
  run: number | null,
  number: number,
  isEngineAlive: IsEngineAlive,
  { isWhole = false }: ShowCheckpointOptions = {},
): CheckpointDetail | undefined {
  const view = listCheckpoints(store, { number, ...(run === null ? {} : { run }) }).find((each) => each.run === run);
  if (view === undefined) return undefined;
  const found = findRow(store, run, number);
  if (found === undefined) return undefined;
  const shown = parseShown(found.shownJson);
  const record = run === null ? undefined : findRunRecord(store, run, isEngineAlive);
  const gate = record === undefined ? NO_GATE : describeGate(store, record, view, found.taskId, isWhole);
  const beforeIds = gate.happened.map((task) => task.id);
  return {
    rowId: found.id,
    number,
    view,
    runStatus: record?.status ?? null,
    description: gate.task?.description ?? record?.spec.description ?? null,
    inputJson: record?.inputJson ?? null,
    ...shown,
    fields: shown.fields ?? gate.task?.checkpoint?.fields ?? null,
    happened: gate.happened,
    consequences: gate.consequences,
    map: view.index === null ? (gate.task?.map ?? null) : null,
    last: record === undefined ? null : (findLastApproval(store, view, found.id, record, beforeIds) ?? null),
    newest: findNewestRound(store, found),
  };
}

type FoundRow = NonNullable<ReturnType<typeof findRow>>;

function findRow({ db }: ReadStore, run: number | null, number: number) {
  return db
    .select({
      id: checkpoint.id,
      run: checkpoint.runId,
      kind: checkpoint.kind,
      layer: checkpoint.layer,
      taskId: checkpoint.taskId,
      shownJson: value.json,
    })
    .from(checkpoint)
    .leftJoin(value, eq(value.id, checkpoint.shownId))
    .where(sql`${checkpoint.runId} IS ${run} AND ${checkpoint.number} = ${number}`)
    .get();
}

export function parseShown(json: string | null): ShownParts {
  const shown = json === null ? {} : (JSON.parse(json) as { show?: unknown; resolved?: unknown; fields?: JsonSchema });
  return {
    showJson: shown.show === undefined ? null : JSON.stringify(shown.show),
    resolvedJson: shown.resolved === undefined ? null : JSON.stringify(shown.resolved),
    fields: shown.fields ?? null,
  };
}

interface Gate {
  readonly happened: readonly HappenedTask[];
  readonly consequences: GateConsequences;
  readonly task: TaskSpec | undefined;
}

const NO_GATE: Gate = { happened: [], consequences: { starts: [], skips: [] }, task: undefined };

function describeGate(
  store: ReadStore,
  record: RunRecord,
  view: CheckpointView,
  taskId: number | null,
  isWhole: boolean,
): Gate {
  const { spec, row } = record;
  if (view.kind === "layer" && view.layer !== null) {
    const happened = listHappened(store, row.id, spec, listLayerIndices(spec, view.layer), isWhole);
    return { happened, consequences: listLayerConsequences(spec, view.layer), task: undefined };
  }
  if (taskId === null) return NO_GATE;
  const index = findDeclaredIndex(store, taskId);
  const task = spec.tasks[index];
  if (task === undefined) return NO_GATE;
  const happened = listHappened(store, row.id, spec, listBefore(spec, index), isWhole);
  if (view.kind === "ask") return { ...NO_GATE, happened };
  return { happened, consequences: listTaskConsequences(spec, index), task };
}

/** What the task needs, and all that came before that, in order. */
function listBefore(spec: WorkflowSpec, index: number): number[] {
  const found = new Set<number>();
  const queue = [index];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const task = spec.tasks[at];
    for (const need of [...Object.values(task?.needs ?? {}), ...(task?.after ?? [])]) {
      if (found.has(need)) continue;
      found.add(need);
      queue.push(need);
    }
  }
  return [...found].sort((one, other) => one - other);
}

/** The index in the spec of a task, or of the map of an instance. */
function findDeclaredIndex({ db }: ReadStore, taskId: number): number {
  const found = db.select({ parentId: taskTable.parentId }).from(taskTable).where(eq(taskTable.id, taskId)).get();
  return (found?.parentId ?? taskId) % RUN_ROWS_MAX;
}

function findNewestRound({ db }: ReadStore, row: FoundRow): CheckpointDetail["newest"] {
  const found = db.get<{ run: number | null; number: number; hash: string } | undefined>(sql`
    SELECT run_id AS run, number, hash FROM checkpoint
    WHERE run_id IS ${row.run} AND kind = ${row.kind} AND layer IS ${row.layer} AND task_id IS ${row.taskId}
      AND (kind <> 'ask' OR id = ${row.id})
    ORDER BY number DESC LIMIT 1`);
  return { id: toCheckpointName(found?.run ?? null, found?.number ?? row.id), hash: found?.hash ?? "" };
}
