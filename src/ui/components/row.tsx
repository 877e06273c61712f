import { Text } from "ink";
import type { ComponentProps, ReactNode } from "react";
import { EMPTY_LINE, fitSpans, type Line, type Tone, toAscii } from "../line.ts";
import { useUi } from "../ui-context.ts";

type Style = Pick<ComponentProps<typeof Text>, "color" | "bold" | "dimColor" | "inverse">;

const STYLES: Readonly<Record<Tone, Style>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  danger: { color: "red", bold: true },
  warning: { color: "yellow" },
  good: { color: "green" },
  accent: { color: "cyan" },
};

/**
 * One row of the screen. All text of the UI reaches the terminal through it: it is made safe here, whatever it is, and
 * never takes a second row.
 */
export function Row({ line, isDimmed = false }: { readonly line: Line; readonly isDimmed?: boolean }): ReactNode {
  const { columns, ports, isBlank } = useUi();
  const spans = fitSpans(line.spans, columns);
  if (isBlank || spans.every((span) => span.text === "")) return <Text wrap="truncate"> </Text>;
  return (
    <Text wrap="truncate" {...(line.isSelected ? { bold: true } : {})} {...(isDimmed ? { dimColor: true } : {})}>
      {spans.map(({ text, tone }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans have no other name than their place
        <Text key={place} {...STYLES[tone]}>
          {ports.isUnicode ? text : toAscii(text)}
        </Text>
      ))}
    </Text>
  );
}

/** Exactly so many rows: what is missing is blank, what is too much is left out. */
export function Rows(props: { readonly lines: readonly Line[]; readonly count: number; readonly isDimmed: boolean }) {
  return Array.from({ length: props.count }, (_, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
    <Row key={place} line={props.lines[place] ?? EMPTY_LINE} isDimmed={props.isDimmed} />
  ));
}
