import { formatDuration } from "../core/duration-format.ts";
import type { TaskStatus } from "../core/task-status.ts";
import { cutToWidth, measureWidth } from "../core/text-width.ts";
import type { LayerProgress, TaskProgress } from "../views/run-progress.ts";
import { pickSign } from "./render-run.ts";
import { nameTask } from "./run-summary.ts";
import { pickSigns, type TerminalOutput } from "./terminal-output.ts";

/** Layers of a run that get a line of their own; a longer run is told as one number. */
const LAYERS_MAX = 40;
/** Open layers that are redrawn at once: with `eager` there may be many. */
const OPEN_MAX = 6;

/**
 * Shows on standard error how far a run is. Owns the lines that it has drawn.
 *
 * P1: in a terminal the lines of open layers are drawn again in place; elsewhere a layer is written once, when it ends.
 * P2: a line is never wider than the terminal, so that the number of drawn lines is known. Tasks that do not fit are
 *     counted: cut off, those that run or failed would be the ones that nobody sees.
 */
export class ProgressLines {
  readonly #output: TerminalOutput;
  readonly #written = new Set<number>();
  #drawn = 0;
  #lastTenth = 0;

  constructor(output: TerminalOutput) {
    this.#output = output;
  }

  /** Layers whose tasks should be named in the next `show`. */
  isWanted(layer: number): boolean {
    return !this.#written.has(layer);
  }

  show(layers: readonly LayerProgress[], now: number): void {
    if (layers.length > LAYERS_MAX) return this.#showTotal(layers);
    const done = layers.filter((each) => each.isDone && !this.#written.has(each.layer));
    const lines = done.map((each) => this.#renderFitting(each, now));
    for (const { layer } of done) this.#written.add(layer);
    const open = layers.filter((each) => !each.isDone && hasBegun(each)).slice(0, OPEN_MAX);
    this.#draw(
      lines,
      open.map((each) => this.#renderFitting(each, now)),
    );
  }

  #renderFitting(progress: LayerProgress, now: number): string {
    const line = renderLayer(progress, now, this.#output);
    const isCut = this.#output.errorIsTerminal && measureWidth(line) >= this.#output.width;
    return isCut && progress.total > 1 ? renderLayer({ ...progress, tasks: null }, now, this.#output) : line; // P2
  }

  /** Takes away what was drawn of open layers. */
  end(): void {
    this.#draw([], []);
  }

  #showTotal(layers: readonly LayerProgress[]): void {
    const total = layers.reduce((sum, each) => sum + each.total, 0);
    const ended = layers.reduce((sum, each) => sum + each.total - countOpen(each), 0);
    const at = layers.find((each) => !each.isDone)?.layer ?? layers.length - 1;
    const line = ` layer ${at} of ${layers.length}  ${ended}/${total} tasks`;
    if (this.#output.errorIsTerminal) return this.#draw([], [line]);
    const tenth = Math.floor((ended / total) * 10);
    if (tenth > this.#lastTenth) this.#output.writeError(`${line}\n`);
    this.#lastTenth = tenth;
  }

  #draw(lasting: readonly string[], open: readonly string[]): void {
    const output = this.#output;
    if (!output.errorIsTerminal) {
      for (const line of lasting) output.writeError(`${line}\n`);
      return;
    }
    const back = this.#drawn === 0 ? "" : `\u001b[${this.#drawn}A\u001b[J`;
    const lines = [...lasting, ...open].map((line) => `${cutToWidth(line, output.width - 1)}\n`); // P2
    if (back !== "" || lines.length > 0) output.writeError(back + lines.join(""));
    this.#drawn = open.length;
  }
}

/** ` layer 0  ✓ read_a 1.0s   ✓ read_b 1.0s`, or ` layer 1  ✓ 37   ✗ 1   ▸ 8   · 954` where there are many. */
export function renderLayer(progress: LayerProgress, now: number, output: Pick<TerminalOutput, "unicode">): string {
  const signs = pickSigns(output);
  const parts =
    progress.tasks === null
      ? renderCounts(progress.counts, signs)
      : progress.tasks.map((task) => renderTask(task, now, signs));
  return ` layer ${progress.layer}  ${parts.join("   ")}`;
}

function renderTask(task: TaskProgress, now: number, signs: ReturnType<typeof pickSigns>): string {
  const { startedAt, finishedAt, status } = task;
  const isShown = startedAt !== null && (status === "running" || finishedAt !== null) && status !== "skipped";
  const took = isShown ? ` ${formatDuration((finishedAt ?? now) - startedAt)}` : "";
  return `${pickSign(task, signs)} ${nameTask(task)}${took}`;
}

const GROUPS: readonly (readonly TaskStatus[])[] = [
  ["succeeded"],
  ["failed"],
  ["skipped", "canceled"],
  ["running"],
  ["waiting"],
  ["pending", "ready", "retrying"],
];

function renderCounts(counts: LayerProgress["counts"], signs: ReturnType<typeof pickSigns>): string[] {
  return GROUPS.map((statuses) => {
    const [status = "pending"] = statuses;
    const count = statuses.reduce((sum, each) => sum + (counts[each] ?? 0), 0);
    return count === 0 ? "" : `${pickSign({ status }, signs)} ${count}`;
  }).filter((part) => part !== "");
}

function countOpen({ counts }: LayerProgress): number {
  const { pending = 0, ready = 0, running = 0, retrying = 0, waiting = 0 } = counts;
  return pending + ready + running + retrying + waiting;
}

function hasBegun({ counts, total }: LayerProgress): boolean {
  return (counts.pending ?? 0) < total;
}
