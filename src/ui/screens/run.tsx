import { type ReactNode, useState } from "react";
import { sanitizeBlock } from "../../core/sanitize-text.ts";
import { explainRun } from "../../views/explain-run.ts";
import { explainTask } from "../../views/explain-task.ts";
import { toExplainedRun } from "../../views/explained-run.ts";
import { findRunSlot } from "../../views/find-run-slot.ts";
import { listLastDurations } from "../../views/last-durations.ts";
import { readRunSpec } from "../../views/run-record.ts";
import { type RunView, showRun, type TaskView } from "../../views/show-run.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { useRunActions } from "../hooks/use-run-actions.ts";
import { moveWithin } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { type Line, toLine, toSpan, wrapText } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { countItems, createAxis, toLayersLine, toRunHeader, toTaskHead, toTaskRow } from "../run-lines.ts";
import { type Ui, useUi } from "../ui-context.ts";
import { parseGateName } from "../view.ts";

/** Body rows above the tasks: the layers and the head. */
const HEAD_ROWS = 2;
const WHY_ROWS = 3;
const WHY_ROWS_OPEN = 10;

/** One run: its layers, when each task ran, and why it is where it is. */
export function RunScreen({ run: runId }: { readonly run: number }): ReactNode {
  const ui = useUi();
  const run = useRunView(ui, runId);
  const prompt = usePrompt();
  const [selected, setSelected] = useKept<string | null>(`task ${runId}`, null);
  const [unfolded, setUnfolded] = useKept<readonly string[]>(`unfolded ${runId}`, []);
  const [isWhyOpen, setWhyOpen] = useState(false);
  const tasks = run?.tasks.filter((task) => task.index === null || unfolded.includes(task.id)) ?? [];
  const found = tasks.findIndex((task) => nameRow(task) === selected);
  const place = Math.max(0, found);
  const task = tasks[place];
  const actions = useRunActions(run, prompt, task?.id);
  const facts = useRead(() => readFacts(ui, run), `${runId} ${run?.workflow}`);
  if (run === undefined) {
    const text = ` No run #${runId} in ${ui.ports.shownPath}`;
    return <Screen header={toLine(` #${runId}`)} body={[toLine(text)]} prompt={prompt} bindings={[]} />;
  }
  const whyRows = isWhyOpen ? Math.min(WHY_ROWS_OPEN, ui.rows - FRAME_ROWS - HEAD_ROWS - 3) : WHY_ROWS;
  const capacity = Math.max(1, ui.rows - FRAME_ROWS - HEAD_ROWS - whyRows);
  const axis = createAxis(run, ui.columns, ui.now);
  const first = Math.max(0, Math.min(place - Math.floor(capacity / 2), tasks.length - capacity));
  const shown = tasks.slice(first, first + capacity);
  const rows = shown.map((each, at) => toTaskRow(run, each, axis, first + at === place, ui.now));
  const blank = Array.from({ length: capacity - rows.length }, () => toLine(""));
  const move = listMoveKeys((by) => {
    const next = tasks[moveWithin(place, by, capacity, tasks.length)];
    setSelected(next === undefined ? null : nameRow(next));
  });
  const unfold = (id: string): void =>
    setUnfolded(unfolded.includes(id) ? unfolded.filter((each) => each !== id) : [...unfolded, id]);
  return (
    <Screen
      header={toRunHeader(run, facts?.slot, facts?.lasts ?? [], ui.now)}
      body={[toLayersLine(run), toTaskHead(axis), ...rows, ...blank, ...explain(ui, run, task, whyRows)]}
      prompt={prompt}
      bindings={[...listLookKeys(ui, run, task, unfold, () => setWhyOpen(!isWhyOpen)), ...actions, ...move]}
    />
  );
}

function useRunView({ ports }: Ui, runId: number): RunView | undefined {
  return useRead(() => showRun(ports.store, runId, ports), String(runId));
}

/** What never changes of a run that is shown. */
function readFacts({ ports: { store } }: Ui, run: RunView | undefined) {
  if (run === undefined) return undefined;
  return { slot: findRunSlot(store, run.run), lasts: listLastDurations(store, run.workflow, run.run) };
}

function nameRow(task: TaskView): string {
  return `${task.id} ${task.index ?? ""}`;
}

function explain({ ports, columns, now }: Ui, run: RunView, task: TaskView | undefined, rowsMax: number): Line[] {
  const { store, isEngineAlive } = ports;
  const ofRun = explainRun(store, run, isEngineAlive).map((sentence) => `#${run.run} ${sentence}`);
  const explained = toExplainedRun(run, readRunSpec(store, run.run), now);
  const name = task === undefined ? "" : `${task.id}${task.index === null ? "" : `[${task.index}]`}`;
  const ofTask = task === undefined ? [] : explainTask(explained, task).map((sentence) => `${name} ${sentence}`);
  const rows = [...ofTask, ...ofRun].flatMap((sentence) => wrapText(sentence, columns - 6, 2));
  return rows.slice(0, rowsMax).map((row, at) => toLine(toSpan(at === 0 ? " WHY  " : "      ", "accent"), row));
}

function listLookKeys(
  ui: Ui,
  run: RunView,
  task: TaskView | undefined,
  unfold: (id: string) => void,
  toggleWhy: () => void,
): Binding[] {
  const name = task === undefined ? "TASK" : `${task.id}${task.index === null ? "" : `[${task.index}]`}`;
  const gate = run.checkpoints.find((each) => each.status === "open" && (each.task === null || each.task === task?.id));
  const items = task === undefined ? 0 : countItems(run, task);
  const child = task?.child?.run;
  const canOpen = items > 0 || gate !== undefined || child !== undefined;
  const open = (): void => {
    if (task !== undefined && items > 0) return unfold(task.id);
    const parsed = gate === undefined ? undefined : parseGateName(gate.id);
    if (parsed !== undefined) return ui.push({ kind: "checkpoint", ...parsed });
    if (child !== undefined) ui.push({ kind: "run", run: child });
  };
  return [
    {
      ...{ keys: ["enter"], hint: nameOpening(items > 0, gate !== undefined, child !== undefined), run: open },
      ...{ explain: "its items, its child run, or what it waits for", command: `lockstep show ${run.run}` },
      off: canOpen ? null : "It has no items, and waits for no decision",
    },
    {
      ...{ keys: ["l"], hint: "log", explain: "its log", command: `lockstep logs ${run.run} ${name}` },
      run: () =>
        task === undefined ? undefined : ui.push({ kind: "log", run: run.run, task: task.id, index: task.index }),
    },
    { keys: ["w"], hint: "why", explain: "why, in full", command: `lockstep why ${run.run} ${name}`, run: toggleWhy },
    {
      ...{ keys: ["o"], hint: "output", explain: "its output or error", command: `lockstep show ${run.run} --json` },
      run: () => ui.page(sanitizeBlock(renderOutput(run, task))),
    },
  ];
}

function nameOpening(hasItems: boolean, isGated: boolean, hasChild: boolean): string {
  if (hasItems) return "items";
  if (isGated) return "decide";
  return hasChild ? "child run" : "items";
}

function renderOutput(run: RunView, task: TaskView | undefined): string {
  if (task === undefined) return JSON.stringify(run.result, null, 2);
  const { error, output } = task;
  if (error === null) return JSON.stringify(output, null, 2);
  return [error.message, JSON.stringify(error, null, 2)].join("\n\n");
}
