import type { TaskSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import type { RunView, TaskView } from "./show-run.ts";
import { listWaitedFor } from "./spec-graph.ts";

/** A run, its graph, and its declared tasks by their index: what the explanations are drawn from. */
export interface ExplainedRun {
  readonly run: RunView;
  readonly spec: WorkflowSpec;
  /** Declared tasks by name; instances are not in it. */
  readonly declared: ReadonlyMap<string, TaskView>;
  /** What has passed by then is not waited for any more. */
  readonly now: number;
}

export function toExplainedRun(run: RunView, spec: WorkflowSpec, now: number): ExplainedRun {
  const declared = new Map(run.tasks.filter((task) => task.index === null).map((task) => [task.id, task]));
  return { run, spec, declared, now };
}

/** The tasks that a task waits for, as they are now. */
export function listNeedViews(explained: ExplainedRun, spec: TaskSpec | undefined): TaskView[] {
  if (spec === undefined) return [];
  const names = [...new Set(listWaitedFor(spec))].map((index) => explained.spec.tasks[index]?.id ?? "");
  return names.map((name) => explained.declared.get(name)).filter((need) => need !== undefined);
}
