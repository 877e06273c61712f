import { sql } from "drizzle-orm";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import { type CheckpointView, toCheckpointName } from "./list-checkpoints.ts";
import { type OutputColumns, readOutputs, type SeenOutput } from "./map-output.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { RunRecord } from "./run-record.ts";

/** The last time that somebody approved the same gate of the same workflow. */
export interface LastApproval {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly message: string;
  /** JSON of what was shown then; null: nothing. */
  readonly shownJson: string | null;
  /** What tasks had given by then, by their ids; those that have run again since are missing. */
  readonly outputs: ReadonlyMap<string, SeenOutput>;
  readonly isSameDefinition: boolean;
  readonly isSameInput: boolean;
}

interface Row {
  readonly run: number;
  readonly number: number;
  readonly actor: string;
  readonly at: number;
  readonly message: string;
  readonly shownJson: string | null;
  readonly definitionId: number;
  readonly inputJson: string | null;
}

/** Looks from the newest on: the gate after the same layer, or before the task of the same name. */
export function findLastApproval(
  store: ReadStore,
  view: CheckpointView,
  rowId: number,
  record: RunRecord,
  taskIds: readonly string[],
): LastApproval | undefined {
  if (view.kind === "ask") return undefined;
  const isSamePlace =
    view.kind === "layer"
      ? sql`c.layer = ${view.layer}`
      : sql`(SELECT dt.name FROM task t JOIN definition_task dt ON dt.definition_id = r.definition_id
          AND dt.idx = coalesce(t.parent_id, t.id) % ${RUN_ROWS_MAX} WHERE t.id = c.task_id) = ${view.task}`;
  const found = store.db.get<Row | undefined>(sql`
    SELECT c.run_id AS run, c.number, d.actor, d.at, c.message, v.json AS shownJson, r.definition_id AS definitionId,
      coalesce(r.input, i.json) AS inputJson
    FROM checkpoint c JOIN run r ON r.id = c.run_id JOIN decision d ON d.checkpoint_id = c.id
    LEFT JOIN value v ON v.id = c.shown_id LEFT JOIN value i ON i.id = r.input_id
    WHERE c.id < ${rowId} AND r.workflow = ${record.row.workflow} AND c.kind = ${view.kind}
      AND d.choice IN ('approve', 'edit') AND d.actor_kind <> 'timeout' AND c.status IN ('approved', 'applied')
      AND ${isSamePlace}
    ORDER BY c.id DESC LIMIT 1`);
  if (found === undefined) return undefined;
  return {
    id: toCheckpointName(found.run, found.number),
    by: found.actor,
    at: found.at,
    message: found.message,
    shownJson: found.shownJson,
    outputs: listOutputs(store, found, taskIds),
    isSameDefinition: found.definitionId === record.row.definitionId,
    isSameInput: found.inputJson === record.inputJson,
  };
}

interface OutputRow extends OutputColumns {
  readonly name: string;
}

/** Of the tasks with these ids, as far as they have not run again since. */
function listOutputs(
  store: ReadStore,
  { run, definitionId, at }: Row,
  taskIds: readonly string[],
): ReadonlyMap<string, SeenOutput> {
  const rows = store.db.all<OutputRow>(sql`
    SELECT dt.name, t.status, coalesce(t.output, v.json) AS outputJson, t.items_base AS itemsBase,
      t.items_count AS itemsCount
    FROM definition_task AS dt JOIN task AS t ON t.id = ${run} * ${RUN_ROWS_MAX} + dt.idx
    LEFT JOIN value AS v ON v.id = t.output_id
    WHERE dt.definition_id = ${definitionId} AND dt.name IN (SELECT value FROM json_each(${JSON.stringify(taskIds)}))
      AND coalesce(t.finished_at, 0) <= ${at}`);
  const outputs = readOutputs(store, run, rows, false);
  return new Map(rows.map(({ name }, at) => [name, outputs[at] as SeenOutput]));
}
