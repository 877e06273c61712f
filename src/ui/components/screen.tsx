import type { ReactNode } from "react";
import { useKeys } from "../hooks/use-keys.ts";
import type { Prompt } from "../hooks/use-prompt.ts";
import type { Binding } from "../keys.ts";
import type { Line } from "../line.ts";
import { useUi } from "../ui-context.ts";
import { Frame } from "./frame.tsx";
import { Help } from "./help.tsx";

export interface ScreenProps {
  readonly header: Line;
  readonly body: readonly Line[];
  readonly standing?: Line | null;
  readonly prompt: Prompt;
  /** Those of the screen; what is valid everywhere comes by itself. */
  readonly bindings: readonly Binding[];
}

/** A screen: its frame, its keys, and over it the help that lists them. */
export function Screen({ header, body, standing = null, prompt, bindings }: ScreenProps): ReactNode {
  const ui = useUi();
  const own = new Set(bindings.flatMap((binding) => binding.keys));
  const valid = [...bindings, ...ui.everywhere.filter((binding) => !binding.keys.some((key) => own.has(key)))];
  useKeys(bindings, !prompt.isOpen && !ui.isHelpOpen);
  if (ui.isHelpOpen) return <Help bindings={valid} />;
  return <Frame header={header} body={body} standing={standing} prompt={prompt.text} bindings={valid} />;
}
