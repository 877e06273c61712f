import type { ReactNode } from "react";
import { listWorkflows, type WorkflowLine } from "../../views/list-workflows.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useTabHeader } from "../components/tab-header.ts";
import { formatDay } from "../format-time.ts";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { moveWithin } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, type Line, toCell, toLine, toListLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { toStatusTone } from "../run-signs.ts";
import { useUi } from "../ui-context.ts";

const HEAD = toLine(toSpan("  WORKFLOW        TASKS  SCHEDULES  LAST RUN             WHEN   FILE", "dim"));

/** What is loaded, and what was ever run. */
export function WorkflowsScreen(): ReactNode {
  const ui = useUi();
  const { store, isEngineAlive, shownPath } = ui.ports;
  const all = useRead(() => listWorkflows(store, isEngineAlive), "") ?? [];
  const [selected, setSelected] = useKept<string | null>("workflow", null);
  const prompt = usePrompt();
  const place = Math.max(
    0,
    all.findIndex(({ workflow }) => workflow === selected),
  );
  const line = all[place];
  const capacity = Math.max(1, ui.rows - FRAME_ROWS - 1);
  const first = Math.max(0, place - capacity + 1);
  const rows = all.slice(first, first + capacity).map((each, at) => toWorkflowRow(each, first + at === place, ui.now));
  const last = line?.lastRun ?? null;
  const open: Binding = {
    ...{ keys: ["enter"], hint: "last run", explain: "its last run" },
    ...{ command: `lockstep show ${last ?? "RUN"}`, off: last === null ? "It was never run here" : null },
    run: () => (last === null ? undefined : ui.push({ kind: "run", run: last })),
  };
  const move = listMoveKeys((by) => setSelected(all[moveWithin(place, by, capacity, all.length)]?.workflow ?? null));
  const empty = [EMPTY_LINE, toLine(` No workflow was loaded or run yet in ${shownPath}`)];
  const error = line?.error ?? null;
  return (
    <Screen
      header={useTabHeader("workflows")}
      body={all.length === 0 ? empty : [HEAD, ...rows]}
      standing={error === null ? null : toLine(toSpan(` cannot be loaded: ${error}`, "danger"))}
      prompt={prompt}
      bindings={[open, ...move]}
    />
  );
}

function toWorkflowRow(line: WorkflowLine, isSelected: boolean, now: number): Line {
  const { lastRun, lastStatus, lastAt } = line;
  return toListLine(
    isSelected,
    toCell(line.workflow, 15),
    " ",
    toCell(line.tasks === null ? "-" : String(line.tasks), 6),
    " ",
    toCell(line.schedules === 0 ? "-" : String(line.schedules), 10),
    " ",
    toCell(lastRun === null ? "-" : `#${lastRun}`, 7),
    lastStatus === null ? toCell("", 13) : toSpan(toCell(lastStatus, 13), toStatusTone(lastStatus)),
    " ",
    toCell(lastAt === null ? "-" : formatDay(lastAt, now), 6),
    " ",
    line.error === null ? "" : toSpan("BROKEN ", "danger"),
    line.file ?? "(no daemon has loaded it)",
  );
}
