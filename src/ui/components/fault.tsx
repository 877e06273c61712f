import type { ReactNode } from "react";
import type { DatabaseError } from "../../core/errors.ts";
import { useKeys } from "../hooks/use-keys.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, toLine, toSpan, wrapText } from "../line.ts";
import { useUi } from "../ui-context.ts";
import { Rows } from "./row.tsx";

/** The whole screen: the file can no longer be used, and what was read of it is not shown as if it could. */
export function Fault({ error }: { readonly error: DatabaseError }): ReactNode {
  const ui = useUi();
  const leave: Binding = { keys: ["q", "esc", "enter"], explain: "leave", run: ui.quit };
  useKeys([leave], true, true);
  const text = wrapText(error.message, ui.columns - 2, Math.max(1, ui.rows - 5)).map((row) => toLine(` ${row}`));
  const head = toLine(toSpan(" The database can no longer be used here", "danger"));
  const lines = [EMPTY_LINE, head, EMPTY_LINE, ...text, EMPTY_LINE, toLine(toSpan(" q leave", "accent"))];
  return <Rows lines={lines} count={ui.rows} isDimmed={false} />;
}
