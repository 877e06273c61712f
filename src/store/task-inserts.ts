import type { RunState } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "./task-id.ts";

/** A statement over the template costs as much as the inserting of so many rows one by one. */
const DIRECT_MAX = 8;

/** Inserts the declared tasks of new runs, all pending: from the template of their definition, in one statement. */
export function createTaskInserts({ sqlite }: Store): (states: readonly RunState[]) => void {
  const fromTemplate = sqlite.prepare(
    `INSERT INTO task (id, run_id, idx, layer)
     SELECT r.value * ${TASK_ROWS_PER_RUN} + d.idx, r.value, d.idx, d.layer
     FROM json_each(?) AS r CROSS JOIN definition_task AS d WHERE d.definition_id = ?`,
  );
  const one = sqlite.prepare("INSERT INTO task (id, run_id, idx, layer) VALUES (?, ?, ?, ?)");
  const insertDirectly = ({ id, plan }: RunState): void => {
    plan.graph.layer.forEach((layer, index) => {
      one.run(getTaskId(id, index), id, index, layer);
    });
  };
  return (states) => {
    const [first] = states;
    if (first === undefined) return;
    if (states.length === 1 && first.plan.graph.size <= DIRECT_MAX) return insertDirectly(first);
    for (const [definitionId, ids] of groupByDefinition(states)) fromTemplate.run(JSON.stringify(ids), definitionId);
  };
}

function groupByDefinition(states: readonly RunState[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const { id, plan } of states) {
    const group = groups.get(plan.definitionId);
    if (group === undefined) groups.set(plan.definitionId, [id]);
    else group.push(id);
  }
  return groups;
}
