import type { Screen } from "./screen.ts";

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 17;
const PADDING = 12;
const BACKGROUND = "#1b1f27";
const FOREGROUND = "#d7dae0";
/** The first eight colors of a terminal. */
const COLORS = ["#1b1f27", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"] as const;

/** The emulator's screen as a picture: what a person sees, character by character. */
export function drawScreen({ terminal }: Screen): string {
  const width = Math.ceil(terminal.cols * CELL_WIDTH + 2 * PADDING);
  const height = terminal.rows * CELL_HEIGHT + 2 * PADDING;
  const rows = Array.from({ length: terminal.rows }, (_, y) => drawRow(terminal, y)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" xml:space="preserve"><rect width="100%" height="100%" rx="6" fill="${BACKGROUND}"/>${rows}</svg>\n`;
}

function drawRow(terminal: Screen["terminal"], y: number): string {
  const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + y);
  const texts: string[] = [];
  for (let x = 0; x < terminal.cols; ) {
    const style = readStyle(line?.getCell(x));
    const start = x;
    let text = "";
    for (; x < terminal.cols && readStyle(line?.getCell(x)) === style; x++) text += line?.getCell(x)?.getChars() || " ";
    if (text.trim() === "") continue;
    const left = (PADDING + start * CELL_WIDTH).toFixed(1);
    const length = ((x - start) * CELL_WIDTH).toFixed(1);
    const bottom = PADDING + (y + 0.8) * CELL_HEIGHT;
    texts.push(`<text x="${left}" y="${bottom.toFixed(1)}" textLength="${length}" ${style}>${escapeXml(text)}</text>`);
  }
  return texts.join("");
}

type Cell = ReturnType<NonNullable<ReturnType<Screen["terminal"]["buffer"]["active"]["getLine"]>>["getCell"]>;

function readStyle(cell: Cell): string {
  const color = cell?.isFgPalette() ? (COLORS[cell.getFgColor() % COLORS.length] ?? FOREGROUND) : FOREGROUND;
  return `fill="${color}"${cell?.isBold() ? ' font-weight="bold"' : ""}${cell?.isDim() ? ' opacity="0.6"' : ""}`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
