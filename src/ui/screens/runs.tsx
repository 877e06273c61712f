import type { ReactNode } from "react";
import { formatDuration } from "../../core/duration-format.ts";
import { listLastDurations } from "../../views/last-durations.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useTabHeader } from "../components/tab-header.ts";
import { formatDay } from "../format-time.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { useRunActions } from "../hooks/use-run-actions.ts";
import { type RunList, type RunRow, useRunList } from "../hooks/use-run-list.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, type Line, toCell, toLine, toListLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { toStatusTone } from "../run-signs.ts";
import { drawSparkline } from "../sparkline.ts";
import { type Ui, useUi } from "../ui-context.ts";

const HEAD = toLine(toSpan("  RUN   WORKFLOW        STATUS      PROGRESS   STARTED TOOK    NOW", "dim"));

/** All runs, the newest first. */
export function RunsScreen(): ReactNode {
  const ui = useUi();
  const { store } = ui.ports;
  const list = useRunList(Math.max(1, ui.rows - FRAME_ROWS - 1));
  const prompt = usePrompt();
  const workflow = list.line?.workflow;
  const lasts = useRead(() => (workflow === undefined ? [] : listLastDurations(store, workflow)), `${workflow}`) ?? [];
  const filterBy = (text: string): void => list.change({ text, tops: [], selected: null });
  const filter = (): void =>
    prompt.ask({
      ...{ label: "Filter:", initial: list.state.text, onChange: filterBy, answer: filterBy },
      cancel: () => filterBy(""),
    });
  const actions = useRunActions(list.line, prompt);
  const rows = list.rows.map((row, at) => toRunRow(row, at === list.place, ui.now));
  return (
    <Screen
      header={useTabHeader("runs")}
      body={rows.length === 0 ? [EMPTY_LINE, toLine(describeEmpty(ui, list))] : [HEAD, ...rows]}
      standing={describeState(list, lasts)}
      prompt={prompt}
      bindings={[...listLookKeys(ui, list, filter), ...actions, ...listMoveKeys(list.move)]}
    />
  );
}

function describeEmpty(ui: Ui, { state }: RunList): string {
  const isFiltered = state.text !== "" || state.isFailedOnly;
  return isFiltered ? " No run passes the filter (Esc clears it)" : ` No runs yet in ${ui.ports.shownPath}`;
}

function describeState({ state, line }: RunList, lasts: readonly number[]): Line | null {
  const bars = drawSparkline(lasts);
  const parts = [
    ...(bars === ""
      ? []
      : [`${line?.workflow}: the last ${lasts.length} took ${bars} ${formatDuration(lasts.at(-1) ?? 0)}`]),
    ...(state.isFailedOnly ? ["failed only"] : []),
    ...(state.text === "" ? [] : [`filter "${state.text}"`]),
    ...(state.tops.length === 0 ? [] : [`page ${state.tops.length + 1}`]),
  ];
  return parts.length === 0 ? null : toLine(toSpan(` ${parts.join(" · ")}`, "dim"));
}

/** `413   import          running      L2   6/10    03:14   4m12    4 at github` */
function toRunRow({ line, nowText }: RunRow, isSelected: boolean, now: number): Line {
  const took = line.startedAt === null ? "-" : formatDuration((line.finishedAt ?? now) - line.startedAt);
  const layer = toCell(`L${line.layer}`, 4);
  const progress = toCell(`${line.tasksDone}/${line.tasksTotal}`, 7);
  return toListLine(
    isSelected,
    toCell(String(line.run), 6),
    toCell(line.workflow, 15),
    " ",
    toSpan(toCell(line.status, 12), toStatusTone(line.status)),
    layer,
    progress,
    toCell(formatDay(line.startedAt ?? line.createdAt, now), 8),
    toCell(line.status === "interrupted" ? "-" : took, 8),
    nowText,
  );
}

function listLookKeys(ui: Ui, list: RunList, filter: () => void): Binding[] {
  const { line, state } = list;
  const run = line?.run ?? "RUN";
  return [
    {
      ...{ keys: ["enter"], hint: "open", explain: "open", command: `lockstep show ${run}` },
      run: () => (line === undefined ? undefined : ui.push({ kind: "run", run: line.run })),
    },
    {
      ...{ keys: ["f"], hint: "failed only", explain: state.isFailedOnly ? "all runs" : "failed only" },
      command: state.isFailedOnly ? "lockstep runs" : "lockstep runs --status failed",
      run: () => list.change({ isFailedOnly: !state.isFailedOnly, tops: [], selected: null }),
    },
    { keys: ["/"], hint: "filter", explain: "filter", command: "lockstep runs --workflow NAME", run: filter },
    {
      ...{ keys: ["esc"], explain: "clear the filter" },
      run: () => list.change({ text: "", isFailedOnly: false, tops: [], selected: null }),
    },
  ];
}
