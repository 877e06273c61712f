import { type ReactNode, useState } from "react";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { useGate } from "../hooks/use-gate.ts";
import { useKept } from "../hooks/use-kept.ts";
import { usePrompt } from "../hooks/use-prompt.ts";
import { moveWithin } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { type Line, toCell, toLine, toListLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { listItems } from "../shown-text.ts";
import { useUi } from "../ui-context.ts";
import { nameGate } from "../view.ts";

/** The items of a map, to choose those that an approval starts. Nothing is decided here. */
export function PickScreen({ run, number }: { readonly run: number; readonly number: number }): ReactNode {
  const ui = useUi();
  const name = nameGate(run, number);
  const gate = useGate(run, number);
  const items = gate === undefined ? [] : (listItems(gate.detail) ?? []);
  const [picked, setPicked] = useKept<readonly number[] | undefined>(`picked ${name}`, undefined);
  const [place, setPlace] = useState(0);
  const prompt = usePrompt();
  const capacity = Math.max(1, ui.rows - FRAME_ROWS);
  const chosen = new Set(picked ?? items.map((_, at) => at));
  const choose = (next: ReadonlySet<number>): void =>
    setPicked(next.size === items.length ? undefined : [...next].sort((one, other) => one - other));
  const toggle = (): void => {
    const next = new Set(chosen);
    if (!next.delete(place)) next.add(place);
    choose(next);
  };
  const only = [...chosen].join(",");
  const bindings: Binding[] = [
    {
      ...{ keys: ["space"], hint: "in or out", explain: "take the item in or out", run: toggle },
      command: `lockstep approve ${name} --only ${only}`,
    },
    { keys: ["n"], hint: "none", explain: "take all out", run: () => choose(new Set()) },
    { keys: ["a"], hint: "all", explain: "take all in", run: () => setPicked(undefined) },
    {
      ...{ keys: ["enter"], hint: "done", explain: "back, with what was picked", run: ui.pop },
      off: chosen.size === 0 ? "Pick at least one; to run none of them, reject" : null,
    },
    ...listMoveKeys((by) => setPlace(moveWithin(place, by, capacity, items.length))),
  ];
  const first = Math.max(0, place - capacity + 1);
  const rows = items.slice(first, first + capacity).map((item, at) => toItemRow(item, first + at, place, chosen));
  const header = toLine(toSpan(` ${name} › items: ${chosen.size} of ${items.length} picked`, "strong"));
  return <Screen header={header} body={rows} prompt={prompt} bindings={bindings} />;
}

function toItemRow(item: unknown, at: number, place: number, chosen: ReadonlySet<number>): Line {
  const text = typeof item === "string" ? item : JSON.stringify(item);
  return toListLine(at === place, toSpan(chosen.has(at) ? "[x] " : "[ ] ", "accent"), toCell(String(at), 7), text);
}
