import type { TaskSpec } from "../core/workflow-spec.ts";
import { describeFailure } from "./describe-failure.ts";
import { type ExplainedRun, listNeedViews } from "./explained-run.ts";
import type { TaskView } from "./show-run.ts";

/** Why a task was skipped: by name of what failed, of who rejected, of the rule that did not hold. */
export function explainSkipped(explained: ExplainedRun, task: TaskView, spec: TaskSpec | undefined): string[] {
  switch (task.reason) {
    case "upstream_failed":
    case "upstream_skipped":
      return explainUpstream(explained, task, spec);
    case "condition":
      return ["was skipped: its condition (if) was false"];
    case "trigger":
      return [`was skipped: its rule when: ${spec?.when ?? "all_succeeded"} did not hold`];
    case "rejected":
      return [explainRejection(explained, task)];
    case "run_stopped":
      return [explainStop(explained)];
    default:
      return [`was skipped${task.reason === null ? "" : ` (${task.reason})`}`];
  }
}

function explainUpstream(explained: ExplainedRun, task: TaskView, spec: TaskSpec | undefined): string[] {
  const roots = findRoots(explained, spec);
  if (roots.length === 0) return [`was skipped because of what it needs (${task.reason})`];
  return roots.map((root) => {
    const direct = listNeedViews(explained, spec).includes(root);
    const what = root.status === "failed" ? `failed: ${describeFailure(explained.run, root)}` : `was ${root.status}`;
    return `was skipped because ${root.id}, which it ${direct ? "needs" : "depends on"}, ${what}`;
  });
}

const ROOTS_MAX = 5;

/** What stands at the beginning of the skips: tasks that failed, or were skipped for a reason of their own. */
function findRoots(explained: ExplainedRun, spec: TaskSpec | undefined): TaskView[] {
  const specOf = new Map(explained.spec.tasks.map((each) => [each.id, each]));
  const seen = new Set<string>();
  const roots: TaskView[] = [];
  const open = listNeedViews(explained, spec);
  for (let need = open.shift(); need !== undefined && roots.length < ROOTS_MAX; need = open.shift()) {
    if (seen.has(need.id)) continue;
    seen.add(need.id);
    if (need.status === "skipped" && (need.reason === "upstream_failed" || need.reason === "upstream_skipped")) {
      open.push(...listNeedViews(explained, specOf.get(need.id)));
    } else if (need.status === "failed" || need.status === "skipped" || need.status === "canceled") {
      roots.push(need);
    }
  }
  return roots;
}

function explainRejection({ run }: ExplainedRun, task: TaskView): string {
  const rejected = run.checkpoints.find(
    (each) => each.decision?.decision === "reject" && (each.task === task.id || each.kind === "layer"),
  );
  if (rejected?.decision == null) return "was skipped: its checkpoint was rejected";
  const { by, reason } = rejected.decision;
  return `was skipped: ${rejected.id} was rejected by ${by}${reason === null ? "" : ` ("${reason}")`}`;
}

function explainStop({ run, spec }: ExplainedRun): string {
  const failed = run.tasks.find((task) => task.status === "failed");
  if (failed === undefined) return "was skipped: the run was stopped";
  return spec.onFailure === "stop"
    ? `was skipped: the run stops at the first failure (onFailure: stop), and ${failed.id} failed`
    : `was skipped: the run was stopped after ${failed.id} failed`;
}
