import { formatSpan } from "../core/duration-format.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { measureWidth } from "../core/text-width.ts";
import type { WorkflowPlan } from "../views/plan-workflow.ts";
import { describeShape } from "./render-run.ts";

/** Layers that are listed, and tasks named in one; the rest is a number. */
const LAYERS_MAX = 60;
const NAMES_MAX = 200;

/** `L0 read_a read_b read_c (3)` for each layer, then the critical path, the expected times, and what layers cost. */
export function renderPlan(plan: WorkflowPlan, width: number): string[] {
  const { layers, tasks, strategy, maxConcurrent } = plan;
  const shape = describeShape(layers.length, tasks, strategy, maxConcurrent);
  const shown = layers.slice(0, LAYERS_MAX).flatMap((names, layer) => renderLayer(layer, names, plan, width));
  const more = layers.length - LAYERS_MAX;
  return [
    `${sanitizeLine(plan.workflow)}   ${shape}`,
    ...shown,
    ...(more > 0 ? [`… and ${more} more layers: lockstep plan FILE --json`] : []),
    `critical path  ${renderPath(plan.criticalPath)}`,
    ...renderExpected(plan),
    renderCost(plan),
  ];
}

function renderLayer(layer: number, names: readonly string[], plan: WorkflowPlan, width: number): string[] {
  const maps = new Set(plan.mapTasks);
  const words = names
    .slice(0, NAMES_MAX)
    .map((name) => `${sanitizeLine(name)}${maps.has(name) ? "[…]" : ""}${renderChild(plan, name)}`);
  if (names.length > NAMES_MAX) words.push("…");
  words.push(`(${names.length})`);
  return wrapWords(`L${layer}`, words, width);
}

/** `load→import`: the task and the workflow that it starts. */
function renderChild({ childTasks }: WorkflowPlan, name: string): string {
  const child = Object.hasOwn(childTasks, name) ? childTasks[name] : undefined;
  return child === undefined ? "" : `→${sanitizeLine(child)}`;
}

/** Breaks a line between words; what follows is indented below the first word. */
function wrapWords(label: string, words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = label;
  for (const word of words) {
    if (measureWidth(line) + 1 + measureWidth(word) > width && line.trim() !== label) {
      lines.push(line);
      line = " ".repeat(label.length);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const PATH_NAMES_MAX = 20;

function renderPath(names: readonly string[]): string {
  const shown = names.slice(0, PATH_NAMES_MAX).map(sanitizeLine);
  if (names.length > shown.length) shown.push(`… (${names.length} tasks)`);
  return shown.join(" → ");
}

function renderExpected({ expected, strategy, tasks }: WorkflowPlan): string[] {
  const { known, criticalPathMs, layersMs, eagerMs } = expected;
  if (criticalPathMs === null || layersMs === null || eagerMs === null) return ["expected       no earlier runs"];
  const totalMs = strategy === "layers" ? layersMs : eagerMs;
  const from = known === tasks ? "medians of earlier runs" : `medians of earlier runs for ${known} of ${tasks} tasks`;
  return [`expected       ${formatSpan(totalMs)}, critical path ${formatSpan(criticalPathMs)} (${from})`];
}

function renderCost({ expected }: WorkflowPlan): string {
  const { known, layersCostFactor, layersMs, eagerMs } = expected;
  const guess = known === 0 ? ", if all tasks last equally long" : "";
  const percent = Math.round((layersCostFactor - 1) * 100);
  if (percent <= 0) return `layers cost    nothing against eager${guess}`;
  const times =
    layersMs === null || eagerMs === null ? "" : ` (${formatSpan(layersMs)} instead of ${formatSpan(eagerMs)})`;
  return `layers cost    +${percent} % against eager${times}${guess}`;
}
