import { formatAge, formatDuration } from "../core/duration-format.ts";
import { nameLack } from "../views/explain-resources.ts";
import type { RunSlot } from "../views/find-run-slot.ts";
import type { RunView, TaskView } from "../views/show-run.ts";
import { formatClock } from "./format-time.ts";
import { readZoneClock } from "./format-zone.ts";
import { type Line, type Span, toCell, toLine, toListLine, toSpan } from "./line.ts";
import { TASK_SIGNS, toStatusTone } from "./run-signs.ts";
import { drawSparkline } from "./sparkline.ts";
import { drawBar, type TimeAxis } from "./timeline.ts";

/** Columns of a row of tasks before its bar. */
const BEFORE_BAR = 41;

/** ` #412 nightly-backup  waiting 48m   slot Tue 02:30 CET fired +0s   ▂▃▂█ 41s` */
export function toRunHeader(run: RunView, slot: RunSlot | undefined, lasts: readonly number[], now: number): Line {
  const since = run.finishedAt ?? run.startedAt ?? run.createdAt;
  const took =
    run.finishedAt === null || run.startedAt === null ? formatAge(now - since) : formatDuration(since - run.startedAt);
  const reason = run.reason === null ? "" : `   ${run.reason}`;
  const labels = Object.entries(run.labels).map(([name, text]) => `${name}=${text}`);
  return toLine(
    toSpan(` #${run.run} ${run.workflow}  `, "strong"),
    toSpan(`${run.status} ${took}`, toStatusTone(run.status)),
    slot === undefined ? "" : `   ${describeSlot(run, slot)}`,
    describeLasts(lasts),
    `${reason}${labels.length === 0 ? "" : `   ${labels.join(" ")}`}`,
  );
}

/** `slot Tue 02:30 CET fired +0s` */
function describeSlot(run: RunView, { dueAt, zone, state }: RunSlot): string {
  const { weekday, time, zone: name } = readZoneClock(zone, dueAt);
  return `slot ${weekday} ${time} ${name} ${state.replace("_", " ")} +${formatDuration(run.createdAt - dueAt)}`;
}

/** What the last runs of the workflow took, as bars, and the last of them. */
function describeLasts(lasts: readonly number[]): Span {
  const bars = drawSparkline(lasts);
  return toSpan(bars === "" ? "" : `   ${bars} ${formatDuration(lasts.at(-1) ?? 0)}`, "dim");
}

/** Names of a layer that are shown before they are only counted. */
const NAMED_MAX = 4;

/** `L0 dump ✓   L1 verify ✓   L3 prune ×12 ‖ 412.1`, from the current layer back as far as it fits. */
export function toLayersLine(run: RunView): Line {
  const spans: Span[] = [toSpan(" ")];
  const from = Math.max(0, Math.min(run.currentLayer - 2, run.layers.length - 4));
  if (from > 0) spans.push(toSpan("… ", "dim"));
  for (const [layer, names] of run.layers.entries()) {
    if (layer < from) continue;
    const tasks = run.tasks.filter((task) => task.index === null && task.layer === layer);
    spans.push(toSpan(`L${layer} `, "dim"));
    for (const task of tasks.slice(0, NAMED_MAX)) spans.push(...toLayerTask(run, task));
    if (names.length > NAMED_MAX) spans.push(toSpan(`and ${names.length - NAMED_MAX} more `));
    spans.push(toSpan("  "));
  }
  return { spans, isSelected: false };
}

function toLayerTask(run: RunView, task: TaskView): Span[] {
  const items = countItems(run, task);
  const gate = findGate(run, task);
  return [
    toSpan(`${task.id}${items === 0 ? "" : ` ×${items}`} `),
    toSpan(`${TASK_SIGNS[task.status]} ${gate === undefined ? "" : `${gate} `}`, toStatusTone(task.status)),
  ];
}

export function countItems(run: RunView, task: TaskView): number {
  return run.tasks.filter((each) => each.id === task.id && each.index !== null).length;
}

function findGate(run: RunView, task: TaskView): string | undefined {
  return (
    run.checkpoints.find(
      (each) => each.status === "open" && each.task === task.id && (task.index === null || each.index === task.index),
    )?.id ?? run.childCheckpoints.find((each) => each.run === task.child?.run)?.id
  );
}

export function createAxis(run: RunView, columns: number, now: number): TimeAxis {
  const startAt = run.startedAt ?? run.createdAt;
  // While it waits nothing happens: the bars of what ran would shrink to nothing.
  const lastAt = Math.max(startAt + 1, ...run.tasks.map((task) => task.finishedAt ?? task.startedAt ?? 0));
  const endAt = run.finishedAt ?? (run.status === "running" ? now : lastAt);
  return { startAt, endAt, columns: Math.max(1, columns - BEFORE_BAR) };
}

export function toTaskHead(axis: TimeAxis): Line {
  const start = formatClock(axis.startAt);
  const end = formatClock(axis.endAt);
  const gap = Math.max(1, axis.columns - start.length - end.length);
  return toLine(toSpan(`  TASK             STATUS     TRY  TOOK  ${start}${" ".repeat(gap)}${end}`, "dim"));
}

/** `› prune     waiting    -    -        ‖ 412.1` */
export function toTaskRow(run: RunView, task: TaskView, axis: TimeAxis, isSelected: boolean, now: number): Line {
  const name = task.index === null ? task.id : `  [${task.index}] ${task.label ?? ""}`;
  const items = task.index === null ? countItems(run, task) : 0;
  const gate = findGate(run, task);
  const took = task.startedAt === null ? "-" : formatDuration((task.finishedAt ?? now) - task.startedAt);
  const bar = drawBar(axis, task, now);
  const child = task.child === null ? undefined : `→ #${task.child.run} ${task.child.workflow}`;
  const asks = gate === undefined ? undefined : `‖ ${gate}`;
  const notes = [asks, child, nameLack(task.waitsFor)].filter((each) => each !== undefined).join(" ");
  const note = `${bar === "" || notes === "" ? "" : " "}${notes}`;
  return toListLine(
    isSelected,
    toCell(`${name}${items === 0 ? "" : ` ×${items}`}`, 16),
    " ",
    toSpan(toCell(task.status, 10), toStatusTone(task.status)),
    " ",
    toCell(task.attempt === 0 ? "-" : String(task.attempt), 4),
    " ",
    toCell(took, 6),
    toSpan(bar, task.status === "failed" ? "danger" : "accent"),
    toSpan(note, "warning"),
  );
}
