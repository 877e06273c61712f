import { formatSpan } from "../core/duration-format.ts";
import { sanitizeBlock, sanitizeJson, sanitizeLine } from "../core/sanitize-text.ts";
import { describeFailure, describeRunFailure } from "../views/describe-failure.ts";
import type { RunView, TaskView } from "../views/show-run.ts";
import { listWorkingTasks } from "../views/working-tasks.ts";

/** Longest result that is shown whole; `show --json` has it all. */
const RESULT_CHARS_MAX = 4_000;
const FAILURES_MAX = 10;

/** The closing lines of a run: how it ended, how long it took beside other ways, and its result. */
export function summarizeRun(run: RunView): string[] {
  const why = describeRunFailure(run);
  switch (run.status) {
    case "succeeded":
      return [`succeeded${renderTimes(run)}`, `result   ${renderValue(run, run.result)}`];
    case "failed":
      return [
        `failed${renderTimes(run)}${why === null ? "" : `: ${sanitizeLine(why)}`}`,
        ...listFailures(run),
        // A child run alone is not retried.
        `Run the failed part again: lockstep retry ${run.parent?.run ?? run.run}`,
      ];
    case "canceled":
      return [`canceled${renderTimes(run)}${run.reason === null ? "" : `: ${sanitizeLine(run.reason)}`}`];
    case "waiting":
      return describeWaiting(run);
    case "paused":
      return [`paused. Continue: lockstep resume ${run.run}`];
    case "interrupted":
      return [`interrupted. Nothing is lost: lockstep resume ${run.run}`];
    default:
      return [run.status];
  }
}

function describeWaiting(run: RunView): string[] {
  const open = [...run.checkpoints.filter((each) => each.status === "open"), ...run.childCheckpoints];
  const paused = run.descendants.filter((each) => each.status === "paused");
  if (open.length === 0 && paused.length > 0) {
    return paused.map((each) => `waits for its child run #${each.run}, which is paused: lockstep resume ${each.run}`);
  }
  if (open.length === 0) return [`waiting. What for: lockstep why ${run.run}`];
  return open.map((each) => `waits for ${each.id}: ${sanitizeLine(each.message)}   lockstep approve ${each.id}`);
}

/** ` in 2.0 s · one by one 4.0 s · 2.0× faster · 1.01× the lower bound` */
function renderTimes(run: RunView): string {
  const { speedup } = run;
  if (speedup === null) return "";
  const { sequentialMs, wallMs, factor, lowerBoundMs } = speedup;
  const parts = [` in ${renderSpan(wallMs)}`];
  if (run.status !== "succeeded") return parts.join("");
  parts.push(`one by one ${renderSpan(sequentialMs)}`);
  if (factor >= 1) parts.push(`${renderFactor(factor)} faster`);
  const hasWaited = run.checkpoints.length > 0; // for people: the bound knows of tasks alone
  if (lowerBoundMs > 0 && !hasWaited) parts.push(`${(wallMs / lowerBoundMs).toFixed(2)}× the lower bound`);
  return parts.join(" · ");
}

/** `2.0 s`; what is too short for that, `12 ms`. */
function renderSpan(ms: number): string {
  return ms < 95 ? `${Math.round(ms)} ms` : formatSpan(ms);
}

function renderFactor(factor: number): string {
  return `${factor < 100 ? factor.toFixed(1) : Math.round(factor)}×`;
}

function listFailures(run: RunView): string[] {
  const failed = listWorkingTasks(run.tasks).filter((task) => task.status === "failed");
  const lines = failed.slice(0, FAILURES_MAX).map((task) => `  ${nameTask(task)}: ${summarizeFailure(run, task)}`);
  const more = failed.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more: lockstep show ${run.run}`] : lines;
}

/** In one line. */
export function summarizeFailure(run: RunView, task: TaskView): string {
  const first = sanitizeBlock(describeFailure(run, task)).split("\n", 1)[0] ?? "";
  return task.reason === null || task.error === null ? first : `${first} (${task.reason})`;
}

/** `process`, of an instance `process[3]`. */
export function nameTask(task: Pick<TaskView, "id" | "index">): string {
  return sanitizeLine(task.index === null ? task.id : `${task.id}[${task.index}]`);
}

/** A value of a run as one line of JSON, cut where it is long. */
export function renderValue({ run }: RunView, value: unknown, charsMax = RESULT_CHARS_MAX): string {
  const json = sanitizeJson(JSON.stringify(value) ?? "null");
  return json.length <= charsMax
    ? json
    : `${json.slice(0, charsMax)}… (${json.length} characters; all: lockstep show ${run} --json)`;
}
