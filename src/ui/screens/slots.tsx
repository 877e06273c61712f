import type { ReactNode } from "react";
import { listSchedules } from "../../views/list-schedules.ts";
import { listSlots } from "../../views/list-slots.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { formatZoneDay } from "../format-zone.ts";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { useScheduleActions } from "../hooks/use-schedule-actions.ts";
import type { MoveBy } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, toLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { describeState, nameSchedule, SLOTS_HEAD, toSlotRow } from "../schedule-lines.ts";
import { useUi } from "../ui-context.ts";

interface SlotsState {
  /** Where each page that was gone through begins: only slots that were due before. The last one is shown. */
  readonly tops: readonly number[];
  readonly selected: number | null;
}

/** The ledger of one schedule, the newest slot first. */
export function SlotsScreen({ schedule: id }: { readonly schedule: number }): ReactNode {
  const ui = useUi();
  const { store, isEngineAlive } = ui.ports;
  const [state, setState] = useKept<SlotsState>(`slots ${id}`, { tops: [], selected: null });
  const prompt = usePrompt();
  const capacity = Math.max(1, ui.rows - FRAME_ROWS - 1);
  const top = state.tops.at(-1);
  const schedule = useRead(
    () => listSchedules(store, { now: ui.now, isEngineAlive, withRemoved: true }).find((each) => each.id === id),
    String(id),
  );
  const filter = { limit: capacity + 1, ...(top === undefined ? {} : { beforeAt: top }) };
  const found = useRead(() => listSlots(store, id, filter, isEngineAlive), JSON.stringify(filter)) ?? [];
  const actions = useScheduleActions(schedule, prompt);
  const slots = found.slice(0, capacity);
  const place = Math.max(
    0,
    slots.findIndex((slot) => slot.id === state.selected),
  );
  if (schedule === undefined) {
    return <Screen header={toLine(` schedule ${id}`)} body={[toLine(" It is gone")]} prompt={prompt} bindings={[]} />;
  }
  const move = (by: MoveBy): void => {
    const select = (at: number): void => setState({ ...state, selected: slots[at]?.id ?? null });
    const last = slots.at(-1);
    const before = state.tops.slice(0, -1);
    if (by === "home") return setState({ tops: [], selected: null });
    if (by === "up" && place > 0) return select(place - 1);
    if (by === "down" && place < slots.length - 1) return select(place + 1);
    if (by === "end") return select(slots.length - 1);
    if ((by === "up" || by === "pageup") && state.tops.length > 0) return setState({ tops: before, selected: null });
    const hasMore = found.length > capacity && last !== undefined;
    if ((by === "down" || by === "pagedown") && hasMore) {
      setState({ tops: [...state.tops, last.dueAt], selected: null });
    }
  };
  const run = slots[place]?.run ?? null;
  const open: Binding = {
    ...{ keys: ["enter"], hint: "its run", explain: "the run of the slot", command: `lockstep show ${run ?? "RUN"}` },
    off: run === null ? "No run was started for it" : null,
    run: () => (run === null ? undefined : ui.push({ kind: "run", run })),
  };
  const next = schedule.nextAt === null ? "" : `   next ${formatZoneDay(schedule.zone, schedule.nextAt, ui.now)}`;
  const facts = `   ${schedule.cron}   ${schedule.zone}   ${describeState(schedule, ui.now)}${next}`;
  const rows = slots.map((slot, at) => toSlotRow(schedule, slot, at === place));
  return (
    <Screen
      header={toLine(toSpan(` ${nameSchedule(schedule)}`, "strong"), facts)}
      body={rows.length === 0 ? [EMPTY_LINE, toLine(" No slot was due yet")] : [SLOTS_HEAD, ...rows]}
      standing={state.tops.length === 0 ? null : toLine(toSpan(` page ${state.tops.length + 1}`, "dim"))}
      prompt={prompt}
      bindings={[open, ...actions, ...listMoveKeys(move)]}
    />
  );
}
