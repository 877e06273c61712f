import type { ReactNode } from "react";
import { listSchedules, type ScheduleView } from "../../views/list-schedules.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useTabHeader } from "../components/tab-header.ts";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { useScheduleActions } from "../hooks/use-schedule-actions.ts";
import { moveWithin } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, type Line, toLine, wrapText } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { nameSchedule, SCHEDULES_HEAD, toScheduleRow } from "../schedule-lines.ts";
import { type Ui, useUi } from "../ui-context.ts";
import { parseGateName } from "../view.ts";

/** A pause ends without a row that changes. */
const LOOK_EVERY_MS = 10_000;

/** All schedules, when each is due next, and what became of its last slots. */
export function SchedulesScreen(): ReactNode {
  const ui = useUi();
  const { store, isEngineAlive } = ui.ports;
  const look = Math.floor(ui.now / LOOK_EVERY_MS);
  const all = useRead(() => listSchedules(store, { now: ui.now, isEngineAlive }), String(look)) ?? [];
  const [selected, setSelected] = useKept<number | null>("schedule", null);
  const prompt = usePrompt();
  const place = Math.max(
    0,
    all.findIndex(({ id }) => id === selected),
  );
  const schedule = all[place];
  const actions = useScheduleActions(schedule, prompt);
  const capacity = Math.max(1, ui.rows - FRAME_ROWS - 1);
  const first = Math.max(0, place - capacity + 1);
  const rows = all.slice(first, first + capacity).map((each, at) => toScheduleRow(each, first + at === place, ui.now));
  const move = listMoveKeys((by) => setSelected(all[moveWithin(place, by, capacity, all.length)]?.id ?? null));
  return (
    <Screen
      header={useTabHeader("schedules")}
      body={all.length === 0 ? describeEmpty(ui) : [SCHEDULES_HEAD, ...rows]}
      prompt={prompt}
      bindings={[...listLookKeys(ui, schedule), ...actions, ...move]}
    />
  );
}

function describeEmpty({ ports, columns }: Ui): Line[] {
  const text = `No schedules in ${ports.shownPath}. A daemon writes those of its workflows: lockstep daemon --workflows DIR`;
  return [EMPTY_LINE, ...wrapText(text, columns - 2, 4).map((row) => toLine(` ${row}`))];
}

function listLookKeys(ui: Ui, schedule: ScheduleView | undefined): Binding[] {
  const gate = schedule?.heldBy == null ? undefined : parseGateName(schedule.heldBy);
  const none = schedule === undefined ? "There is no schedule" : null;
  return [
    {
      ...{ keys: ["enter"], hint: "slots", explain: "its slots, and their runs", off: none },
      command: `lockstep slots ${schedule === undefined ? "NAME" : nameSchedule(schedule)}`,
      run: () => schedule && ui.push({ kind: "slots", schedule: schedule.id }),
    },
    {
      ...{ keys: ["o"], explain: "the checkpoint that holds it", off: gate === undefined ? "Nothing holds it" : null },
      command: `lockstep checkpoints ${schedule?.heldBy ?? "ID"}`,
      run: () => gate && ui.push({ kind: "checkpoint", ...gate }),
    },
  ];
}
