import { sanitizeLine } from "../core/sanitize-text.ts";
import { cutToWidth, measureWidth, padToWidth } from "../core/text-width.ts";

/** What a piece of text means; without color it is plain, so no meaning may hang on it alone. */
export type Tone = "plain" | "dim" | "strong" | "danger" | "warning" | "good" | "accent";

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of the screen. */
export interface Line {
  readonly spans: readonly Span[];
  readonly isSelected: boolean;
}

export const EMPTY_LINE: Line = { spans: [], isSelected: false };

export function toSpan(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

export function toLine(...spans: readonly (Span | string)[]): Line {
  return { spans: spans.map((span) => (typeof span === "string" ? toSpan(span) : span)), isSelected: false };
}

/** A line of a list: the selected one begins with `›`. */
export function toListLine(isSelected: boolean, ...spans: readonly (Span | string)[]): Line {
  return { ...toLine(isSelected ? "› " : "  ", ...spans), isSelected };
}

/** A text of others, made safe and cut or filled to exactly so many columns. */
export function toCell(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = cutToWidth(sanitizeLine(text), width);
  return align === "left" ? padToWidth(cut, width) : " ".repeat(Math.max(0, width - measureWidth(cut))) + cut;
}

/** The spans with all text made safe, cut where the width ends. */
export function fitSpans(spans: readonly Span[], width: number): Span[] {
  const fitted: Span[] = [];
  let left = width;
  for (const { text, tone } of spans) {
    if (left <= 0) break;
    const cut = cutToWidth(sanitizeLine(text), left);
    left -= measureWidth(cut);
    fitted.push({ text: cut, tone });
  }
  return fitted;
}

/** Text to the left and to the right end of a row. */
export function toSplitLine(left: readonly (Span | string)[], right: Span | string, width: number): Line {
  const { spans: rightSpans } = toLine(right);
  const rightWidth = rightSpans.reduce((sum, span) => sum + measureWidth(sanitizeLine(span.text)), 0);
  const fitted = fitSpans(toLine(...left).spans, Math.max(0, width - rightWidth - 1));
  const used = fitted.reduce((sum, span) => sum + measureWidth(span.text), 0);
  return toLine(...fitted, " ".repeat(Math.max(1, width - used - rightWidth)), ...rightSpans);
}

const ASCII: ReadonlyMap<string, string> = new Map([
  ["›", ">"],
  ["…", "~"],
  ["─", "-"],
  ["·", "."],
  ["✓", "+"],
  ["✗", "x"],
  ["‖", "|"],
  ["×", "x"],
  ["▸", ">"],
  ["█", "#"],
  ["░", "."],
  ["→", ">"],
  ["–", "-"],
  ["▁", "_"],
  ["▂", "."],
  ["▃", ":"],
  ["▄", "-"],
  ["▅", "="],
  ["▆", "+"],
  ["▇", "*"],
]);

/** For a locale without UTF-8: our signs have their like, what others wrote becomes `?`. */
export function toAscii(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for what is not plain ASCII
  return text.replace(/[^\x00-\x7f]/gu, (character) => ASCII.get(character) ?? "?");
}

/**
 * Breaks a text, made safe, at its lines and at spaces into rows of at most `width` columns, and at most so many of them;
 * empty lines are left out. A word that is longer than a row, such as a sentence in Chinese, goes on in the next.
 */
export function wrapText(text: string, width: number, rowsMax: number): string[] {
  const rows = text.split(/\r?\n/).flatMap((line) => wrapLine(sanitizeLine(line), width));
  if (rows.length <= rowsMax) return rows;
  const kept = rows.slice(0, rowsMax - 1);
  return [...kept, cutToWidth(rows.slice(rowsMax - 1).join(" "), width)];
}

function wrapLine(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    const longer = row === "" ? word : `${row} ${word}`;
    if (measureWidth(longer) <= width) {
      row = longer;
      continue;
    }
    if (row !== "") rows.push(row);
    const pieces = splitAtWidth(word, width);
    row = pieces.pop() ?? "";
    rows.push(...pieces);
  }
  return row === "" ? rows : [...rows, row];
}

/** Pieces of at most `width` columns; one character at least. */
function splitAtWidth(word: string, width: number): string[] {
  if (measureWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let [piece, used] = ["", 0];
  for (const character of word) {
    const own = measureWidth(character);
    if (piece !== "" && used + own > width) {
      pieces.push(piece);
      [piece, used] = ["", 0];
    }
    piece += character;
    used += own;
  }
  return [...pieces, piece];
}
