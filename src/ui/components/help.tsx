import { type ReactNode, useState } from "react";
import { useKeys } from "../hooks/use-keys.ts";
import { moveWithin } from "../inbox-page.ts";
import { type Binding, showKey } from "../keys.ts";
import { type Line, toCell, toLine, toListLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import { useUi } from "../ui-context.ts";
import { FRAME_ROWS, Frame } from "./frame.tsx";

/** The keys that are valid here, and for each the command that does the same. */
export function Help({ bindings }: { readonly bindings: readonly Binding[] }): ReactNode {
  const ui = useUi();
  const [place, setPlace] = useState(0);
  const capacity = Math.max(1, ui.rows - FRAME_ROWS);
  const selected = bindings[place];
  const close = (): void => ui.setHelpOpen(false);
  const keys: Binding[] = [
    {
      ...{ keys: ["y"], hint: "copies the line", explain: "copy the command" },
      off: selected?.command === undefined ? "Nothing to copy: it only looks" : null,
      run: () => {
        ui.ports.copy(selected?.command ?? "");
        ui.say(`Copied: ${selected?.command ?? ""}`);
      },
    },
    { keys: ["esc", "?"], hint: "back", explain: "back", run: close },
    ...listMoveKeys((by) => setPlace(moveWithin(place, by, capacity, bindings.length))),
  ];
  useKeys(keys, true);
  const first = Math.max(0, place - capacity + 1);
  const body = bindings.slice(first, first + capacity).map((binding, at) => toHelpRow(binding, first + at === place));
  const header = toLine(toSpan(" Keys that are valid here, and the command that does the same", "strong"));
  return <Frame header={header} body={body} prompt={null} bindings={keys} />;
}

function toHelpRow(binding: Binding, isSelected: boolean): Line {
  const keys = binding.keys.slice(0, 2).map(showKey).join(" ");
  const command = binding.off ? `(${binding.off})` : (binding.command ?? "");
  return toListLine(
    isSelected,
    toSpan(`${toCell(keys, 13)} `, "accent"),
    toCell(binding.explain, 24),
    toSpan(command, binding.off ? "dim" : "plain"),
  );
}
