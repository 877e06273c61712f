import type { ErrorValue } from "../core/errors.ts";
import { deriveResult, type EvaluateReturns } from "../core/run-result.ts";
import { isFinalTask, type TaskReason, type TaskStatus } from "../core/task-status.ts";
import type { Strategy } from "../core/workflow-spec.ts";
import { isCurrentRecord } from "./current-tasks.ts";
import { type CheckpointView, listCheckpoints } from "./list-checkpoints.ts";
import { measureRun } from "./measure-run.ts";
import type { ReadStore } from "./once-per-store.ts";
import { type ChildRef, findParent, type OpenDescendant, type ParentRef, readFamily } from "./related-runs.ts";
import { createWaitReader, type ResourceWait, type WaitReader } from "./resource-waits.ts";
import { findRunRecord, type IsEngineAlive, type RunRecord, type SeenRunStatus } from "./run-record.ts";
import type { Speedup } from "./run-speedup.ts";
import { buildSpecGraph, listLayerNames } from "./spec-graph.ts";
import {
  type AttemptView,
  joinAttempts,
  listTaskRecords,
  readAttemptRows,
  readItemLabels,
  type TaskRecord,
  toDeclaredIndex,
} from "./task-records.ts";

/** One run, whole. Instants are milliseconds since 1970 UTC; values are parsed. */
export interface RunView {
  readonly run: number;
  readonly uid: string;
  /** The key it was submitted with; without one its uid, so that it names one run in any case. */
  readonly key: string;
  readonly workflow: string;
  readonly status: SeenRunStatus;
  readonly reason: string | null;
  readonly input: unknown;
  /** Null until it has succeeded. */
  readonly result: unknown;
  readonly strategy: Strategy;
  readonly maxConcurrent: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly file: string | null;
  readonly exportName: string | null;
  readonly definitionHash: string;
  /** The task that has started it; null: a person or a schedule has. */
  readonly parent: ParentRef | null;
  /** Runs below it that are not final. */
  readonly descendants: readonly OpenDescendant[];
  readonly currentLayer: number;
  readonly layers: readonly (readonly string[])[];
  /** Declared tasks in the order of layers; the instances of a map follow it. */
  readonly tasks: readonly TaskView[];
  readonly checkpoints: readonly CheckpointView[];
  /** What waits for a decision in runs below it. */
  readonly childCheckpoints: readonly CheckpointView[];
  /** Null until it is finished. */
  readonly speedup: Speedup | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface TaskView {
  /** Of its row, unique over all runs. */
  readonly rowId: number;
  readonly id: string;
  /** Place of an instance in its map's list; null outside maps. */
  readonly index: number | null;
  readonly label: string | null;
  readonly layer: number;
  readonly status: TaskStatus;
  readonly reason: TaskReason | null;
  readonly generation: number;
  readonly attempt: number;
  readonly attempts: readonly AttemptView[];
  /** Of a task that starts a child workflow: its newest run. */
  readonly child: ChildRef | null;
  readonly output: unknown;
  readonly error: ErrorValue | null;
  /** When a retrying task begins again. */
  readonly wakeAt: number | null;
  /** What a ready task of a running run takes of the resources and does not have yet; null: nothing. */
  readonly waitsFor: readonly ResourceWait[] | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface ShowRunPorts {
  readonly isEngineAlive: IsEngineAlive;
  readonly evaluateReturns: EvaluateReturns;
}

/** Everything about one run, or undefined where this database has none of that number. */
export function showRun(store: ReadStore, runId: number, ports: ShowRunPorts): RunView | undefined {
  const record = findRunRecord(store, runId, ports.isEngineAlive);
  if (record === undefined) return undefined;
  const { row, spec } = record;
  const records = listTaskRecords(store, runId);
  const attemptRows = readAttemptRows(store, runId);
  const tasks = records
    .filter((task) => isCurrentRecord(task, records))
    .map((task) => ({ task, attempts: joinAttempts(task, attemptRows.get(task.id) ?? []) }));
  const labels = readLabels(store, records);
  const input = parseJson(record.inputJson);
  const family = readFamily(store, record, ports.isEngineAlive);
  const readWaits = createWaitReader(store);
  return {
    run: row.id,
    uid: row.uid,
    key: row.key ?? row.uid,
    workflow: row.workflow,
    status: record.status,
    reason: row.reason,
    input,
    result: row.status === "succeeded" ? readResult(record, records, input, ports.evaluateReturns) : null,
    strategy: row.strategy,
    maxConcurrent: row.maxConcurrent,
    labels: row.labels === null ? {} : JSON.parse(row.labels),
    file: row.file,
    exportName: row.export,
    definitionHash: record.definitionHash,
    parent: findParent(store, row.parentTaskId),
    descendants: family.descendants,
    currentLayer: findCurrentLayer(records) ?? row.layer,
    layers: listLayerNames(spec, buildSpecGraph(spec)),
    tasks: orderInstances(tasks).map((each) =>
      toTaskView(record, { labels, readWaits, children: family.children }, each),
    ),
    checkpoints: listCheckpoints(store, { run: runId }),
    childCheckpoints: family.checkpoints,
    speedup: measureRun(record, tasks),
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

/** The first layer that is not settled; undefined where all are. */
function findCurrentLayer(records: readonly TaskRecord[]): number | undefined {
  return records.find(({ parentId, status }) => parentId === null && !isFinalTask(status))?.layer;
}

interface TaskWithAttempts {
  readonly task: TaskRecord;
  readonly attempts: readonly AttemptView[];
}

function readResult(
  { spec }: RunRecord,
  records: readonly TaskRecord[],
  input: unknown,
  evaluate: EvaluateReturns,
): unknown {
  const readOutput = (index: number) => readOutputAt(records, index);
  return deriveResult(spec, readOutput, (template) => {
    const needs = Object.fromEntries(spec.tasks.map((task, index) => [task.id, readOutput(index)]));
    return evaluate(template, { input, needs });
  });
}

/** What a task gave; of a map, the list of what its instances gave: it is not stored a second time. */
function readOutputAt(records: readonly TaskRecord[], index: number): unknown {
  const record = records[index];
  if (record === undefined) return null;
  const { outputJson, itemsBase, itemsCount, status } = record;
  if (outputJson !== null || itemsBase === null || status !== "succeeded") return parseJson(outputJson);
  const instances = records.slice(itemsBase, itemsBase + (itemsCount ?? 0));
  return instances.map((instance) => parseJson(instance.outputJson));
}

/** Moves instances, whose rows stand at the end, to behind their map. */
function orderInstances(tasks: readonly TaskWithAttempts[]): TaskWithAttempts[] {
  const instances = new Map<number, TaskWithAttempts[]>();
  const declared: TaskWithAttempts[] = [];
  for (const each of tasks) {
    const { parentId } = each.task;
    const siblings = parentId === null ? declared : instances.get(parentId);
    if (siblings !== undefined) siblings.push(each);
    else if (parentId !== null) instances.set(parentId, [each]);
  }
  if (instances.size === 0) return declared;
  return declared.flatMap((each) => [each, ...(instances.get(each.task.id) ?? []).sort(compareItems)]);
}

function compareItems(one: TaskWithAttempts, other: TaskWithAttempts): number {
  return (one.task.item ?? 0) - (other.task.item ?? 0);
}

type LabelsOf = ReadonlyMap<number, readonly string[]>;

/** The names of instances, by the id of their map's row. */
function readLabels(store: ReadStore, records: readonly TaskRecord[]): LabelsOf {
  const labels = new Map<number, readonly string[]>();
  for (const { id, listId } of records) {
    const found = listId === null ? null : readItemLabels(store, listId);
    if (found !== null) labels.set(id, found);
  }
  return labels;
}

interface TaskReaders {
  readonly labels: LabelsOf;
  readonly children: ReadonlyMap<number, ChildRef>;
  readonly readWaits: WaitReader;
}

function toTaskView(
  record: RunRecord,
  { labels, children, readWaits }: TaskReaders,
  { task, attempts }: TaskWithAttempts,
): TaskView {
  const declaredIndex = toDeclaredIndex(task);
  const isReady = task.status === "ready" && record.status === "running";
  return {
    rowId: task.id,
    id: record.spec.tasks[declaredIndex]?.id ?? `#${declaredIndex}`,
    index: task.item,
    label: (task.parentId !== null && labels.get(task.parentId)?.[task.item ?? 0]) || null,
    layer: task.layer,
    status: task.status,
    reason: task.reason,
    generation: task.generation,
    attempt: task.attempt,
    attempts,
    child: children.get(task.id) ?? null,
    output: parseJson(task.outputJson),
    error: task.status === "succeeded" ? null : (attempts.at(-1)?.error ?? null),
    wakeAt: task.wakeAt,
    waitsFor: isReady ? readWaits(record.spec.tasks[declaredIndex]?.uses) : null,
    startedAt: task.startedAt,
    finishedAt: task.finishedAt,
  };
}

function parseJson(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
