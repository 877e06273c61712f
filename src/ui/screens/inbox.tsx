import { type ReactNode, useState } from "react";
import { countActiveRuns } from "../../views/count-active.ts";
import { INBOX_SORTS, type InboxLine } from "../../views/list-inbox.ts";
import { findNextSlot } from "../../views/next-slot.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useTabHeader } from "../components/tab-header.ts";
import { formatMoment } from "../format-time.ts";
import { findLastDecided } from "../hooks/use-decide.ts";
import { type Inbox, useInbox } from "../hooks/use-inbox.ts";
import { type InboxActions, useInboxActions } from "../hooks/use-inbox-actions.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { useRead } from "../hooks/use-read.ts";
import { INBOX_HEAD, toGroupRow, toInboxRow } from "../inbox-lines.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, type Line, toLine, toSpan, wrapText } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { type Ui, useUi } from "../ui-context.ts";
import { nameGate } from "../view.ts";

/** Body rows above the list. */
const HEAD_ROWS = 1;

/** What waits for a decision. */
export function InboxScreen(): ReactNode {
  const ui = useUi();
  const { store } = ui.ports;
  const capacity = Math.max(1, ui.rows - FRAME_ROWS - HEAD_ROWS);
  const inbox = useInbox(capacity);
  const prompt = usePrompt();
  const [marked, setMarked] = useState<ReadonlyMap<number, InboxLine>>(new Map());
  const actions = useInboxActions(inbox, prompt, marked, setMarked);
  const runsCount = useRead(() => countActiveRuns(store), "") ?? 0;
  const nextSlot = useRead(() => findNextSlot(store), "");
  const moves = listMoveKeys(inbox.move);
  const isEmpty = inbox.total === 0;
  return (
    <Screen
      header={useTabHeader("inbox")}
      body={isEmpty ? describeEmpty(ui, runsCount, nextSlot) : [INBOX_HEAD, ...listRows(ui, inbox, marked, capacity)]}
      standing={describeFilter(inbox, marked.size)}
      prompt={prompt}
      bindings={[...listBindings(ui, inbox, actions), ...moves]}
    />
  );
}

function listRows(ui: Ui, inbox: Inbox, marked: ReadonlyMap<number, InboxLine>, capacity: number): Line[] {
  const { groups, state, lines, place } = inbox;
  if (groups !== undefined) {
    const first = Math.max(0, state.group - capacity + 1);
    const shown = groups.slice(first, first + capacity);
    return shown.map((group, at) => toGroupRow(group, first + at === state.group, ui.now));
  }
  if (lines.length === 0) return [toLine(toSpan("  Nothing passes the filter (Esc clears it)", "dim"))];
  return lines.map((line, at) =>
    toInboxRow(line, { isSelected: at === place, isMarked: marked.has(line.rowId), now: ui.now }),
  );
}

/** `Nothing waits in /var/lib/lockstep/lockstep.db. Next gate: nightly-backup, Wed 02:31. Runs: 2` */
function describeEmpty(ui: Ui, runsCount: number, next: ReturnType<typeof findNextSlot>): Line[] {
  const slot = next === undefined ? "" : ` Next: ${next.workflow}, ${formatMoment(next.at, ui.now)}.`;
  const text = `Nothing waits in ${ui.ports.shownPath}.${slot} Runs: ${runsCount}`;
  return [EMPTY_LINE, ...wrapText(text, ui.columns - 2, 4).map((row) => toLine(` ${row}`))];
}

function describeFilter(inbox: Inbox, markedCount: number): Line | null {
  const { state, passing, total, groups } = inbox;
  const parts = [
    ...(groups === undefined ? [] : [`${groups.length} workflows, folded`]),
    ...(state.workflow === undefined ? [] : [`inbox › ${state.workflow}`]),
    ...(state.text === "" ? [] : [`filter "${state.text}"`]),
    ...(passing === total ? [] : [`${passing} of ${total}`]),
    ...(state.sort === "due" ? [] : [`by ${state.sort}`]),
    ...(markedCount === 0 ? [] : [`${markedCount} marked`]),
  ];
  return parts.length === 0 ? null : toLine(toSpan(` ${parts.join(" · ")}`, "dim"));
}

function listBindings(ui: Ui, inbox: Inbox, actions: InboxActions): Binding[] {
  const { line, state, groups } = inbox;
  const off = ui.ports.readOnlyReason ?? (line === undefined ? "Select a line first (Enter unfolds a workflow)" : null);
  const id = line?.id ?? "ID";
  const last = findLastDecided(ui);
  const decided = last === undefined ? "ID" : nameGate(last.run, last.number);
  const seen = line === undefined ? "H" : line.hash.slice(0, 6);
  const nextSort = INBOX_SORTS[(INBOX_SORTS.indexOf(state.sort) + 1) % INBOX_SORTS.length] ?? "due";
  return [
    {
      keys: ["enter"],
      hint: groups === undefined ? "open" : "unfold",
      explain: groups === undefined ? "open" : "unfold the workflow",
      command: groups === undefined ? `lockstep checkpoints ${id}` : "lockstep checkpoints",
      run: actions.open,
    },
    {
      ...{
        keys: ["a"],
        isDecision: true,
        hint: "approve low",
        explain: "approve, of low risk",
        off,
        run: actions.approve,
      },
      command: `lockstep approve ${id} --if-hash ${seen}`,
    },
    {
      ...{ keys: ["r"], isDecision: true, hint: "reject", explain: "reject", off, run: actions.reject },
      command: `lockstep reject ${id} --reason TEXT`,
    },
    { keys: ["/"], hint: "filter", explain: "filter", command: "lockstep checkpoints", run: actions.filter },
    {
      ...{ keys: ["S"], hint: "sort", explain: `sort by ${nextSort}`, command: "lockstep checkpoints" },
      run: () => inbox.change({ sort: nextSort, from: null }),
    },
    { keys: ["space"], explain: "mark", command: `lockstep approve ${id}`, off, run: actions.mark },
    {
      ...{ keys: ["A"], isDecision: true, explain: "approve the marked, of low risk", run: actions.approveMarked },
      ...{ command: "lockstep approve ID …", off: ui.ports.readOnlyReason },
    },
    {
      ...{ keys: ["u"], isDecision: true, explain: "take back what you decided last", run: actions.undo },
      ...{ command: `lockstep undo ${decided}`, ...(last === undefined ? {} : { hint: "undo" }) },
      off: ui.ports.readOnlyReason ?? (last === undefined ? "Nothing was decided here yet" : null),
    },
    {
      ...{ keys: ["f"], explain: groups === undefined ? "fold by workflow" : "unfold all" },
      run: () => inbox.change({ isFolded: groups === undefined, from: null, text: "", workflow: undefined }),
    },
    { keys: ["esc"], explain: "clear the filter", run: actions.clear },
  ];
}
