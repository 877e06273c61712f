import type { TaskSpec } from "../../src/core/workflow-spec.ts";
import type { RandomWorkflow, TaskFate } from "./random-workflow.ts";

/**
 * How each task of a run ends, from the rules alone (engine.md 2), without engine, order or time: `succeeded`, `failed`,
 * or `skipped` with its reason.
 */
export function predictEnds({ spec, fates }: RandomWorkflow): string[] {
  const ends: string[] = [];
  for (const [index, task] of spec.tasks.entries()) {
    const needs = (task.after ?? []).map((need) => meaningOf(ends[need] as string, spec.tasks[need] as TaskSpec));
    ends.push(predictSkip(task, needs) ?? predictOwn(task, fates[index] as TaskFate));
  }
  return ends;
}

export function predictVerdict({ spec }: RandomWorkflow, ends: readonly string[]): "succeeded" | "failed" {
  return spec.tasks.some((task, index) => ends[index] === "failed" && !task.allowFailure) ? "failed" : "succeeded";
}

function predictSkip(task: TaskSpec, needs: readonly string[]): string | undefined {
  const when = task.when ?? "all_succeeded";
  if (when === "any_failed") return needs.includes("failed") ? undefined : "skipped trigger";
  if (when === "all_done") return undefined;
  if (needs.includes("failed")) return "skipped upstream_failed";
  return needs.includes("skipped") ? "skipped upstream_skipped" : undefined;
}

/** What an end means for those that wait for it. */
function meaningOf(end: string, task: TaskSpec): "succeeded" | "failed" | "skipped" {
  if (end === "failed") return task.allowFailure ? "succeeded" : "failed";
  if (end === "succeeded" || end === "skipped condition") return "succeeded";
  return end === "skipped upstream_failed" ? "failed" : "skipped";
}

function predictOwn(task: TaskSpec, fate: TaskFate): string {
  const attempts = task.retry?.attempts ?? 1;
  if (fate.isSkipped) return "skipped condition";
  if (task.map === undefined) return fate.failures < attempts ? "succeeded" : "failed";
  const failed = fate.items.filter((failures) => failures >= attempts).length;
  const { tolerate = 0 } = task.map;
  const tolerated = tolerate < 1 ? Math.floor(tolerate * fate.items.length) : tolerate;
  return failed <= tolerated ? "succeeded" : "failed";
}
