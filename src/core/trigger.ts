import { listNeeds } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import type { TaskNode } from "./task-node.ts";
import type { TaskReason } from "./task-status.ts";

/**
 * Whether a task starts, once all that it waits for is final (engine.md 2, Rules).
 *
 * `allowFailure` counts as succeeded. A need that its own condition skipped counts as succeeded without an output, which
 * is why its output is typed `T | undefined`. What was skipped because of a failure counts as failed, else a clean-up
 * after it would never run.
 */
export function judgeTrigger(
  state: RunState,
  node: TaskNode,
): { readonly starts: true } | { readonly starts: false; readonly reason: TaskReason } {
  let hasFailed = false;
  let hasSkipped = false;
  for (const need of listNeeds(state.plan.graph, node.index)) {
    const end = judgeEnd(state.nodes[need] as TaskNode);
    if (end === "failed") hasFailed = true;
    if (end === "skipped") hasSkipped = true;
  }
  switch (node.spec.when ?? "all_succeeded") {
    case "all_done":
      return { starts: true };
    case "any_failed":
      return hasFailed ? { starts: true } : { starts: false, reason: "trigger" };
    case "all_succeeded":
      if (hasFailed) return { starts: false, reason: "upstream_failed" };
      return hasSkipped ? { starts: false, reason: "upstream_skipped" } : { starts: true };
  }
}

type End = "succeeded" | "failed" | "skipped";

/** What the end of a task means for those that wait for it. */
function judgeEnd(node: TaskNode): End {
  if (node.status === "succeeded") return "succeeded";
  if (node.status === "failed") return node.spec.allowFailure ? "succeeded" : "failed";
  if (node.reason === "condition") return "succeeded";
  return node.reason === "upstream_failed" || node.reason === "run_stopped" ? "failed" : "skipped";
}

/** Tasks that still run after `onFailure: "stop"`: clean-ups. */
export function runsAfterStop(node: TaskNode): boolean {
  return node.spec.when === "all_done" || node.spec.when === "any_failed";
}

/** Nothing new starts of it: no further try, no instance, no question, no child run. */
export function isStopped(state: RunState, node: TaskNode): boolean {
  return state.intent === "stop" && !runsAfterStop(node);
}
