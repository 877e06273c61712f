/** The figures as people read them. */
import type { CaseResult } from "./case.ts";
import { type Figure, microsPerTask, runsPerSecond } from "./figure.ts";
import type { Target } from "./target.ts";

/** Columns: contender, median, the first contender's time as a multiple of this one's, and what is telling beside. */
export function formatCase(result: CaseResult): string {
  const rows = result.figures.map((figure) => [
    figure.contender,
    formatMs(figure.medianMs),
    formatRatio(figure, result.figures[0]),
    formatRate(figure),
  ]);
  const head = ["", "median", "Lockstep takes", ""];
  const lines = [
    `${result.title}  (${result.rounds} rounds)`,
    ...alignColumns([head, ...rows]).map((line) => `  ${line}`),
    ...result.targets.map((target) => `  ${formatTarget(target)}`),
    ...result.notes.map((note) => `  ${note}`),
  ];
  return lines.join("\n");
}

export function formatTarget(target: Target): string {
  return `${target.met ? "met    " : "NOT MET"}  ${formatNumber(target.found)} ${target.text}, target ${target.bound}`;
}

function formatRatio(figure: Figure, first: Figure | undefined): string {
  if (first === undefined || first === figure || first.tasks !== figure.tasks) return "";
  return `${formatNumber(first.medianMs / figure.medianMs)} ×`;
}

function formatRate(figure: Figure): string {
  const parts: string[] = [];
  if (figure.tasks > 1) parts.push(`${formatNumber(microsPerTask(figure))} µs a task`);
  if (figure.runs > 1) parts.push(`${Math.round(runsPerSecond(figure)).toLocaleString("en")} runs/s`);
  if (figure.p99Ms !== undefined) parts.push(`p99 ${formatMs(figure.p99Ms)}`);
  return parts.join("  ");
}

function formatMs(ms: number): string {
  return `${formatNumber(ms)} ms`;
}

/** Three digits that count. */
function formatNumber(value: number): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(decimals, 4));
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   ")
      .trimEnd(),
  );
}
