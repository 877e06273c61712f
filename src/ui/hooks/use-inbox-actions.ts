import type { InboxLine } from "../../views/list-inbox.ts";
import { useUi } from "../ui-context.ts";
import { findLastDecided, type SeenGate, useDecide, useUndo } from "./use-decide.ts";
import type { Inbox } from "./use-inbox.ts";
import type { Prompt } from "./use-prompt.ts";

export interface InboxActions {
  open(): void;
  approve(): void;
  reject(): void;
  filter(): void;
  mark(): void;
  approveMarked(): void;
  undo(): void;
  clear(): void;
}

type Marked = ReadonlyMap<number, InboxLine>;

/** What keys do in the inbox. A decision is bound to the line as it was when its key was pressed. */
export function useInboxActions(
  inbox: Inbox,
  prompt: Prompt,
  marked: Marked,
  setMarked: (marked: Marked) => void,
): InboxActions {
  const ui = useUi();
  const decide = useDecide();
  const undo = useUndo();
  const { line, groups, state } = inbox;
  const approveAll = async (lines: readonly InboxLine[]): Promise<void> => {
    let approved = 0;
    for (const each of lines) if (await decide(toSeenGate(each), { decision: "approve" }, true)) approved += 1;
    setMarked(new Map());
    ui.say(`Approved ${approved} of ${lines.length}.`);
  };
  const filterBy = (text: string): void => inbox.change({ text, from: null });
  return {
    open: () => {
      const group = groups?.[state.group];
      if (line !== undefined) ui.push({ kind: "checkpoint", run: line.run, number: line.number });
      else if (group?.workflow === null) inbox.change({ isFolded: false, from: null });
      else if (group !== undefined) inbox.change({ workflow: group.workflow ?? undefined, from: null });
    },
    approve: () => {
      if (line === undefined) return;
      if (line.risk !== "low") return ui.say(`${line.id} is of ${line.risk} risk: open it and look first (Enter)`);
      prompt.ask({
        label: `Approve ${line.id} "${line.message}"? Enter: yes, Esc: no`,
        isConfirmation: true,
        answer: () => void decide(toSeenGate(line), { decision: "approve" }),
      });
    },
    reject: () => {
      if (line === undefined) return;
      prompt.ask({
        label: `Reject ${line.id}, because (Esc: no):`,
        isRequired: true,
        answer: (reason) => void decide(toSeenGate(line), { decision: "reject", reason: reason.trim() }),
      });
    },
    filter: () => {
      prompt.ask({
        label: "Filter:",
        initial: state.text,
        onChange: filterBy,
        answer: filterBy,
        cancel: () => filterBy(""),
      });
    },
    mark: () => {
      if (line === undefined) return;
      const next = new Map(marked);
      if (!next.delete(line.rowId)) next.set(line.rowId, line);
      setMarked(next);
      inbox.move("down");
    },
    approveMarked: () => {
      const lines = [...marked.values()].filter((each) => each.risk === "low");
      if (lines.length === 0) return ui.say("No line of low risk is marked (Space marks)");
      const others = marked.size - lines.length;
      prompt.ask({
        label: `Approve ${lines.length} of low risk${others > 0 ? `, not the ${others} others` : ""}? Enter: yes, Esc: no`,
        isConfirmation: true,
        answer: () => void approveAll(lines),
      });
    },
    undo: () => {
      const last = findLastDecided(ui);
      if (last !== undefined) void undo(last);
    },
    clear: () => inbox.change({ text: "", workflow: undefined, from: null }),
  };
}

function toSeenGate({ run, number, hash }: InboxLine): SeenGate {
  return { run, number, hash, starts: null };
}
