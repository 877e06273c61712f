import type { CheckpointStatus } from "../core/checkpoint-status.ts";
import type { CheckpointView } from "../core/checkpoint-view.ts";
import { describeError } from "../core/describe-error.ts";
import { assertNever } from "../core/errors.ts";
import { isFinalTask } from "../core/task-status.ts";
import type { TaskSpec } from "../core/workflow-spec.ts";
import { describeFailure } from "./describe-failure.ts";
import { explainResources } from "./explain-resources.ts";
import { explainSkipped } from "./explain-skipped.ts";
import { type ExplainedRun, listNeedViews } from "./explained-run.ts";
import type { ChildRef } from "./related-runs.ts";
import type { RunView, TaskView } from "./show-run.ts";
import { listWorkingTasks } from "./working-tasks.ts";

const DECIDED: ReadonlyMap<CheckpointStatus, string> = new Map([
  ["approved", "approved"],
  ["rejected", "rejected"],
  ["sent_back", "sent back"],
]);

/**
 * Says why a task waits, was skipped or ran again, in sentences without a full stop. They hold names and messages of
 * others: whoever prints them sanitizes them.
 */
export function explainTask(explained: ExplainedRun, task: TaskView): string[] {
  const spec = explained.spec.tasks.find((each) => each.id === task.id);
  return [...explainStatus(explained, task, spec), ...explainAttempts(task), ...explainGeneration(task)];
}

function explainStatus(explained: ExplainedRun, task: TaskView, spec: TaskSpec | undefined): string[] {
  switch (task.status) {
    case "pending":
      return explainPending(explained, task, spec);
    case "ready":
      return explainReady(explained, task);
    case "running":
      return explained.run.status === "interrupted"
        ? [`was running when its engine ended; it begins again: lockstep resume ${explained.run.run}`]
        : [`is running (attempt ${task.attempt})`, ...explainAsks(explained, task)];
    case "retrying":
      return [`failed at attempt ${task.attempt} and tries again at ${toTime(task.wakeAt)}`];
    case "waiting":
      return explainWaiting(explained, task);
    case "succeeded":
      return [task.attempt > 1 ? `succeeded at attempt ${task.attempt}` : "succeeded"];
    case "failed":
      return [`failed: ${describeFailure(explained.run, task)}`];
    case "skipped":
      return explainSkipped(explained, task, spec);
    case "canceled":
      return [`was canceled with the run${explained.run.reason === null ? "" : `: ${explained.run.reason}`}`];
    default:
      return assertNever(task.status);
  }
}

function explainPending(explained: ExplainedRun, task: TaskView, spec: TaskSpec | undefined): string[] {
  const unfinished = listNeedViews(explained, spec).filter((need) => !isFinalTask(need.status));
  if (unfinished.length > 0) return [`waits for ${listWithStatus(unfinished)}`];
  const { run } = explained;
  const gate = run.checkpoints.find((each) => each.kind === "layer" && each.status === "open");
  if (gate !== undefined) return [`waits for the decision ${gate.id} (after layer ${gate.layer})`];
  const decided = run.checkpoints.find((each) => each.kind === "layer" && DECIDED.has(each.status));
  if (decided !== undefined) return [explainDecided(run, decided)];
  if (run.strategy === "layers" && task.layer > run.currentLayer) return explainLayer(explained, task);
  return explainReady(explained, task);
}

function explainLayer({ run, declared }: ExplainedRun, task: TaskView): string[] {
  const left = [...declared.values()].filter((each) => each.layer < task.layer && !isFinalTask(each.status));
  const holding = left.filter((each) => each.layer === run.currentLayer);
  return [
    `waits for layer ${run.currentLayer} to end: ${listWithStatus(holding.length > 0 ? holding : left)}`,
    "its own needs are met; with the strategy eager it would have started",
  ];
}

function explainReady({ run, now }: ExplainedRun, task: TaskView): string[] {
  switch (run.status) {
    case "running": {
      const running = listWorkingTasks(run.tasks).filter((task) => task.status === "running").length;
      if (run.maxConcurrent !== null && running >= run.maxConcurrent) {
        return [`is ready and waits for a free slot: ${running} of ${run.maxConcurrent} are taken (maxConcurrent)`];
      }
      const waits = explainResources(task.waitsFor ?? [], now);
      return waits.length > 0 ? waits : ["is ready and starts next"];
    }
    case "interrupted":
      return [`is ready, but the run is interrupted: lockstep resume ${run.run}`];
    case "paused":
      return [`is ready, but the run is paused: lockstep resume ${run.run}`];
    case "queued":
      return [`is ready, but no engine has taken up the run: lockstep resume ${run.run}`];
    default:
      return [`is ready; the run is ${run.status}`];
  }
}

function explainWaiting({ run }: ExplainedRun, task: TaskView): string[] {
  const asked = run.checkpoints.find(
    (each) => each.task === task.id && each.index === task.index && each.status === "open",
  );
  if (asked !== undefined) {
    const { id, createdAt, message } = asked;
    return [`waits for the decision ${id} (opened ${toTime(createdAt)}, holds no slot): ${message}`];
  }
  if (task.child !== null) return [explainChild(run, task.child)];
  const decided = run.checkpoints.find(
    (each) => each.task === task.id && each.index === task.index && DECIDED.has(each.status),
  );
  return [decided === undefined ? "waits" : explainDecided(run, decided)];
}

/** Decided, and not applied: whoever executes the run does that. */
function explainDecided(run: RunView, { id, status, decision }: CheckpointView): string {
  const decided = `${id} was ${DECIDED.get(status)}${decision === null ? "" : ` by ${decision.by}`}`;
  if (run.status === "running") return `goes on next: ${decided}`;
  return `waits for the run to go on, ${decided}: lockstep resume ${run.run}`;
}

function explainChild(run: RunView, child: ChildRef): string {
  const name = `waits for its child run #${child.run} ${child.workflow}`;
  const asked = run.childCheckpoints.find((each) => each.run === child.run);
  if (asked !== undefined) return `${name}, which waits for the decision ${asked.id}: ${asked.message}`;
  if (child.status === "paused") return `${name}, which is paused: lockstep resume ${child.run}`;
  return `${name} (${child.status}); more: lockstep why ${child.run}`;
}

/** What its program has asked and nobody has answered. */
function explainAsks({ run }: ExplainedRun, task: TaskView): string[] {
  return run.checkpoints
    .filter((each) => each.kind === "ask" && each.status === "open")
    .filter((each) => each.task === null || (each.task === task.id && each.index === task.index))
    .map(({ id, message }) => `waits for the answer to ${id}, in its slot: ${message}`);
}

/** Attempts that did not go well, oldest first. */
function explainAttempts(task: TaskView): string[] {
  return task.attempts
    .filter((each) => each.status !== "succeeded" && each.status !== "running")
    .filter((each) => task.status !== "failed" || each !== task.attempts.at(-1) || task.attempts.length > 1)
    .map(({ number, status, error }) => {
      const why = error === null ? "" : `: ${describeError(error)}`;
      return status === "interrupted"
        ? `attempt ${number} was interrupted and ran again, without using up a retry${why}`
        : `attempt ${number} ${status === "timed_out" ? "timed out" : status === "canceled" ? "was canceled" : status}${why}`;
    });
}

function explainGeneration(task: TaskView): string[] {
  if (task.generation === 0) return [];
  return [
    `ran again: ${task.generation} earlier result${task.generation === 1 ? " was" : "s were"} discarded by a retry or a decision`,
  ];
}

const NAMES_MAX = 8;

function listWithStatus(tasks: readonly TaskView[]): string {
  const named = tasks.slice(0, NAMES_MAX).map((task) => `${task.id} (${task.status})`);
  return tasks.length > NAMES_MAX ? `${named.join(", ")} and ${tasks.length - NAMES_MAX} more` : named.join(", ");
}

function toTime(at: number | null): string {
  return at === null ? "an unknown time" : new Date(at).toISOString();
}
