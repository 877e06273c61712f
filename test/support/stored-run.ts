import { hashText, toCanonicalJson } from "../../src/core/canonical-json.ts";
import { createRunPlan, type RunPlan } from "../../src/core/run-plan.ts";
import { createRunState, type RunState } from "../../src/core/run-state.ts";
import type { TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { startRun } from "../../src/engine/take-up-run.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows, insertRuns, type Rows, saveRun } from "../../src/store/rows.ts";

export function createTasksSpec(tasks: readonly Partial<TaskSpec>[], name = "sample"): WorkflowSpec {
  return { format: 1, name, tasks: tasks.map((task, index) => ({ id: `t${index}`, kind: "function", ...task })) };
}

/** The plan of a spec whose definition has its rows. Inside a transaction. */
export function storePlan(rows: Rows, spec: WorkflowSpec): RunPlan {
  const json = toCanonicalJson(spec);
  const draft = createRunPlan(0, hashText(json), spec);
  return createRunPlan(rows.definitions.getOrInsert(draft.hash, json, spec, draft.graph.layer, 1), draft.hash, spec);
}

export interface StoredRunOptions {
  readonly key?: string;
  readonly inputJson?: string;
  readonly mode?: "foreground" | "detached";
}

/** A run that is queued, as a submission leaves it. Inside a transaction. */
export function storeRun(rows: Rows, plan: RunPlan, options: StoredRunOptions = {}): RunState {
  const id = rows.runs.nextId();
  const state = createRunState(plan, {
    ...{ id, uid: `uid-${id}`, mode: options.mode ?? "detached", strategy: "layers", isReviewed: false },
    maxConcurrent: null,
    facts: {
      ...{ inputJson: options.inputJson ?? "{}", labels: { team: "ops" }, scheduledAt: "2026-11-24T02:30:00Z" },
      ...{ cwd: "/work", file: null, exportName: null, codeHash: null, createdAt: 1 },
    },
  });
  insertRuns(rows, [{ state, key: options.key ?? null, slotId: null }]);
  saveRun(rows, state, 1);
  return state;
}

/** An engine's row. Inside a transaction. */
export function storeEngine(rows: Rows, name = "one"): number {
  return rows.engines.insert({
    ...{ lockFile: `${name}.lock`, kind: "library", pid: 1, bootId: "boot", host: "here", version: "1", startedAt: 1 },
  });
}

/** A run that an engine has begun, in the state in which its first claim finds it. */
export function storeOwnedRun(store: Store, tasks: readonly Partial<TaskSpec>[], engineId?: number): RunState {
  const rows = getRows(store);
  return store.transaction(() => {
    const state = storeRun(rows, storePlan(rows, createTasksSpec(tasks)));
    startRun(state, 10);
    state.ownerId = engineId ?? storeEngine(rows, `of-${state.id}`);
    saveRun(rows, state, 10);
    return state;
  });
}
