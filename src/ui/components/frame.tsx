import { Box } from "ink";
import type { ReactNode } from "react";
import { formatAge } from "../../core/duration-format.ts";
import { type Binding, showBindings } from "../keys.ts";
import { type Line, toLine, toSpan } from "../line.ts";
import { useUi } from "../ui-context.ts";
import { Row, Rows } from "./row.tsx";

/** Rows of the screen that are not the body: the header, the message, the keys. */
export const FRAME_ROWS = 3;

/** A database that has been silent for so long is spoken of. */
const TROUBLE_AFTER_MS = 2_000;

export interface FrameProps {
  readonly header: Line;
  readonly body: readonly Line[];
  /** What is asked in the message row; it goes before what is said there. */
  readonly prompt: string | null;
  /** Said there when there is nothing else. */
  readonly standing?: Line | null;
  readonly bindings: readonly Binding[];
}

/** Exactly as many rows as the terminal has: a header, a body, one message, one row of keys. */
export function Frame({ header, body, prompt, standing = null, bindings }: FrameProps): ReactNode {
  const { rows, columns, areKeysLive, message, now, troubleSince, trouble } = useUi();
  const isTroubled = troubleSince !== null && now - troubleSince >= TROUBLE_AFTER_MS;
  const busy = `Database busy, these data are ${formatAge(now - (troubleSince ?? now))} old: ${trouble ?? ""}`;
  const said = message === null ? (isTroubled ? toLine(toSpan(busy, "warning")) : standing) : toLine(` ${message}`);
  const keys = `${areKeysLive ? " " : "·"}${showBindings(bindings, columns - 1)}`;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Row line={header} />
      <Rows lines={body} count={Math.max(0, rows - FRAME_ROWS)} isDimmed={isTroubled} />
      <Row
        line={
          prompt === null
            ? (said ?? toLine(""))
            : message === null
              ? toPromptLine(prompt, columns)
              : toLine(` ${message}`)
        }
      />
      <Row line={toLine(toSpan(keys, areKeysLive ? "accent" : "dim"))} />
    </Box>
  );
}

/** Of a long text its end is shown, where one types. */
function toPromptLine(prompt: string, columns: number): Line {
  const room = columns - 1;
  return toLine(toSpan(` ${prompt.length <= room ? prompt : `…${prompt.slice(prompt.length - room + 1)}`}`, "strong"));
}
