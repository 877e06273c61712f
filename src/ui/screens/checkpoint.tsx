import { type ReactNode, useEffect, useMemo } from "react";
import { sanitizeBlock } from "../../core/sanitize-text.ts";
import { type CheckpointDetail, showCheckpoint } from "../../views/show-checkpoint.ts";
import { describeClosed, layOutCheckpoint, toCheckpointHeader, toSeenLine } from "../checkpoint-lines.ts";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { describeDeadline } from "../describe-gate.ts";
import { formatMoment } from "../format-time.ts";
import { type Gate, useGate } from "../hooks/use-gate.ts";
import { type GateActions, useGateActions } from "../hooks/use-gate-actions.ts";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import type { Binding } from "../keys.ts";
import { toLine, toSpan } from "../line.ts";
import { listItems, listShownLines } from "../shown-text.ts";
import { type Ui, useUi } from "../ui-context.ts";
import { nameGate } from "../view.ts";

export interface CheckpointScreenProps {
  readonly run: number | null;
  readonly number: number;
}

/** One checkpoint: what happened, what is decided on, and what each decision does. */
export function CheckpointScreen({ run, number }: CheckpointScreenProps): ReactNode {
  const ui = useUi();
  const name = nameGate(run, number);
  const gate = useGate(run, number);
  const prompt = usePrompt();
  const [page, setPage] = useKept(`page ${name}`, 0);
  const [picked] = useKept<readonly number[] | undefined>(`picked ${name}`, undefined);
  const seen = gate?.detail;
  const actions = useGateActions(seen, prompt, picked);
  const shown = useMemo(() => (seen === undefined ? [] : listShownLines(seen, false)), [seen]);
  const isChanged = gate?.changed !== undefined;
  useEffect(() => {
    if (isChanged && prompt.isOpen) prompt.close();
  });
  if (gate === undefined) {
    const text = ` No checkpoint ${name} in ${ui.ports.shownPath}`;
    return <Screen header={toLine(` ${name}`)} body={[toLine(text)]} prompt={prompt} bindings={[]} />;
  }
  const { detail, change } = gate;
  const body = layOutCheckpoint({ detail, shown, page, picked, change, now: ui.now }, ui.columns, ui.rows - FRAME_ROWS);
  const turn = (by: number): void => setPage(Math.max(0, Math.min(body.pages - 1, page + by)));
  const bindings = [...listDecisionKeys(ui, gate, actions, picked), ...listLookKeys(ui, detail, turn)];
  const isDead = isChanged || describeClosed(detail, String) !== undefined;
  return (
    <Screen
      header={toCheckpointHeader(detail, describeDeadline(detail, ui.now), ui.columns, ui.now)}
      body={body.lines}
      standing={isDead ? toLine(toSpan(` ${describeOff(ui, gate)}`, "warning")) : toSeenLine(detail)}
      prompt={prompt}
      bindings={bindings}
    />
  );
}

/** Why nothing can be decided here now; null: it can. */
function describeOff({ ports, now }: Ui, { detail, changed }: Gate): string | null {
  if (changed !== undefined) return `CHANGED while you looked: ${changed}. Space: show what changed`;
  const closed = describeClosed(detail, (at) => formatMoment(at, now));
  return closed ?? ports.readOnlyReason;
}

function listDecisionKeys(ui: Ui, gate: Gate, actions: GateActions, picked: readonly number[] | undefined): Binding[] {
  const { detail, changed } = gate;
  const { id, hash, run, task, kind } = detail.view;
  const off = describeOff(ui, gate);
  const ofAsk = kind === "ask" ? "A question is approved or rejected" : null;
  const items = listItems(detail);
  const seen = `--if-hash ${hash.slice(0, 6)}`;
  const only = picked === undefined ? [] : [`--only ${picked.join(",")}`];
  const answers = detail.fields === null ? [] : ["--answers JSON"];
  const look = { keys: ["space"], hint: "show what changed", explain: "show what changed", run: gate.follow };
  return [
    ...(changed === undefined ? [] : [{ ...look, command: `lockstep checkpoints ${detail.newest.id}` }]),
    ...(detail.view.status === "open" ? [] : [toUndoKey(ui, detail, actions)]),
    {
      ...{ keys: ["a"], isDecision: true, hint: "approve", explain: "approve", off, run: actions.approve },
      command: ["lockstep approve", id, ...only, ...answers, seen].join(" "),
    },
    {
      ...{ keys: ["r"], isDecision: true, hint: "reject", explain: "reject", off, run: actions.reject },
      command: `lockstep reject ${id} --reason TEXT ${seen}`,
    },
    {
      ...{
        keys: ["e"],
        isDecision: true,
        ...hintIf(ofAsk === null, "edit"),
        explain: "edit",
        off: off ?? ofAsk,
        run: actions.edit,
      },
      command: `lockstep edit ${id} --set ${task ?? "TASK"}=JSON ${seen}`,
    },
    {
      ...{
        keys: ["b"],
        isDecision: true,
        ...hintIf(ofAsk === null, "send back"),
        explain: "send back",
        off: off ?? ofAsk,
        run: actions.sendBack,
      },
      command: `lockstep redo ${id} --feedback TEXT ${seen}`,
    },
    {
      ...{
        keys: ["s"],
        ...hintIf(items !== undefined, "pick"),
        explain: "pick items",
        command: `lockstep approve ${id} --only 1,3 ${seen}`,
      },
      off: off ?? (items === undefined ? "There are no items to pick from: it is not before a map" : null),
      run: () => (run === null ? undefined : ui.push({ kind: "pick", run, number: detail.number })),
    },
  ];
}

/** A key that can never do anything here is not named in the footer; the help says why. */
function hintIf(isUseful: boolean, hint: string): { readonly hint?: string } {
  return isUseful ? { hint } : {};
}

/** Decided, and perhaps not yet acted on. */
function toUndoKey(ui: Ui, { view }: CheckpointDetail, actions: GateActions): Binding {
  const isEarly = ["approved", "rejected", "sent_back"].includes(view.status);
  const tooLate = view.status === "applied" ? "What was decided has been acted on already" : "Nothing is decided here";
  return {
    ...{ keys: ["u"], isDecision: true, explain: "take the decision back", run: actions.undo },
    ...(isEarly ? { hint: "undo" } : {}),
    ...{ command: `lockstep undo ${view.id}`, off: ui.ports.readOnlyReason ?? (isEarly ? null : tooLate) },
  };
}

/** With what a screen does not read of long lists. */
function renderWhole({ ports }: Ui, detail: CheckpointDetail): string {
  const { run } = detail.view;
  const whole = showCheckpoint(ports.store, run, detail.number, ports.isEngineAlive, { isWhole: true }) ?? detail;
  return sanitizeBlock([whole.view.message, "", ...listShownLines(whole, true)].join("\n"));
}

function listLookKeys(ui: Ui, detail: CheckpointDetail, turn: (by: number) => void): Binding[] {
  const { run, id } = detail.view;
  const task = detail.happened.at(-1)?.id;
  return [
    {
      ...{
        keys: ["l"],
        ...hintIf(run !== null && task !== undefined, "logs"),
        explain: "logs",
        command: `lockstep logs ${run ?? "RUN"} ${task ?? ""}`.trim(),
      },
      off: run === null || task === undefined ? "Nothing ran before it" : null,
      run: () => (run === null || task === undefined ? undefined : ui.push({ kind: "log", run, task, index: null })),
    },
    {
      ...{ keys: ["v"], hint: "view", explain: "all that is shown", command: `lockstep checkpoints ${id}` },
      run: () => ui.page(renderWhole(ui, detail)),
    },
    { keys: ["down", "pagedown", "j"], explain: "the next page", run: () => turn(1) },
    { keys: ["up", "pageup", "k"], explain: "the page before", run: () => turn(-1) },
    {
      ...{ keys: ["o"], explain: "its run", command: `lockstep show ${run ?? "RUN"}` },
      off: run === null ? "It belongs to no run" : null,
      run: () => (run === null ? undefined : ui.push({ kind: "run", run })),
    },
  ];
}
