import { formatDuration } from "../core/duration-format.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { layOutTable } from "../core/text-width.ts";
import { nameLack } from "../views/explain-resources.ts";
import type { RunView, TaskView } from "../views/show-run.ts";
import { formatInstant } from "./format-instant.ts";
import { nameTask, renderValue, summarizeFailure, summarizeRun } from "./run-summary.ts";
import { pickSigns, type TerminalOutput } from "./terminal-output.ts";

/** Most tasks that `show` lists one by one; the rest is a number. */
const TASKS_SHOWN_MAX = 200;
const INPUT_CHARS_MAX = 500;

/** `merge-configs #1   2 layers, 4 tasks, full parallel        state .lockstep/lockstep.db` */
export function renderRunHead(run: RunView, shownPath: string): string {
  const tasks = run.layers.reduce((sum, layer) => sum + layer.length, 0);
  const shape = describeShape(run.layers.length, tasks, run.strategy, run.maxConcurrent);
  return `${sanitizeLine(run.workflow)} #${run.run}   ${shape}        state ${shownPath}`;
}

export function describeShape(layers: number, tasks: number, strategy: string, maxConcurrent: number | null): string {
  const parallel = maxConcurrent === null ? "full parallel" : `${maxConcurrent} at once`;
  const eager = strategy === "eager" ? ", eager" : "";
  return `${count(layers, "layer")}, ${count(tasks, "task")}, ${parallel}${eager}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** ` → #413 load`: the run that the task has started. */
function renderChild({ child }: TaskView): string {
  return child === null ? "" : ` → #${child.run} ${sanitizeLine(child.workflow)}`;
}

function renderParent({ parent }: RunView): string[] {
  return parent === null
    ? []
    : [`started by ${sanitizeLine(parent.task)} of #${parent.run} ${sanitizeLine(parent.workflow)}`];
}

/** All that `show` prints of a run, line by line. */
export function renderRun(run: RunView, output: TerminalOutput, shownPath: string): string[] {
  const signs = pickSigns(output);
  const shown = run.tasks.slice(0, TASKS_SHOWN_MAX);
  const rows = shown.map((task) => [
    `L${task.layer}`,
    pickSign(task, signs),
    nameTask(task) + (task.label === null ? "" : ` ${sanitizeLine(task.label)}`) + renderChild(task),
    task.status,
    task.attempt > 0 ? String(task.attempt) : "-",
    renderTook(task),
    describeTask(run, task),
  ]);
  const table = layOutTable([["", "", "TASK", "STATUS", "TRY", "TOOK", ""], ...rows]);
  const more = run.tasks.length - shown.length;
  return [
    renderRunHead(run, shownPath),
    `${run.status} · created ${formatInstant(run.createdAt)} · input ${renderValue(run, run.input, INPUT_CHARS_MAX)}`,
    ...renderParent(run),
    ...table,
    ...(more > 0 ? [`… and ${more} more: lockstep show ${run.run} --json`] : []),
    ...summarizeRun(run),
  ];
}

export function pickSign(task: Pick<TaskView, "status">, signs: ReturnType<typeof pickSigns>): string {
  switch (task.status) {
    case "succeeded":
    case "failed":
    case "skipped":
    case "waiting":
    case "running":
      return signs[task.status];
    case "canceled":
      return signs.skipped;
    default:
      return signs.other;
  }
}

function renderTook({ startedAt, finishedAt }: TaskView): string {
  return startedAt === null || finishedAt === null ? "-" : formatDuration(finishedAt - startedAt);
}

function describeTask(run: RunView, task: TaskView): string {
  const asked = task.status === "running" ? findAsked(run, task) : undefined;
  if (asked !== undefined) return `asks ${asked}`;
  if (task.status === "failed") return summarizeFailure(run, task);
  if (task.status === "retrying" && task.wakeAt !== null) return `again at ${formatInstant(task.wakeAt)}`;
  return nameLack(task.waitsFor) ?? task.reason ?? "";
}

/** The question of its program that nobody has answered. */
function findAsked({ checkpoints }: RunView, task: TaskView): string | undefined {
  return checkpoints.find(
    (each) => each.kind === "ask" && each.status === "open" && each.task === task.id && each.index === task.index,
  )?.id;
}
