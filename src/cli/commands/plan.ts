import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { renderMermaid } from "../../core/mermaid.ts";
import type { WorkflowSpec } from "../../core/workflow-spec.ts";
import { planWorkflow } from "../../views/plan-workflow.ts";
import { buildSpecGraph } from "../../views/spec-graph.ts";
import { readTaskMedians } from "../../views/task-durations.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findConfig } from "../config-source.ts";
import { toPlannedSlotJson, writeJson } from "../json-output.ts";
import { loadWorkflow, withWorkflowHost } from "../load-workflow.ts";
import { readDatabase } from "../open-database.ts";
import { type PlannedSlot, planSlots, renderPlannedSlots } from "../plan-slots.ts";
import { createUsageError, parseCount } from "../read-options.ts";
import { readZones } from "../read-zones.ts";
import { renderPlan } from "../render-plan.ts";

interface PlanOptions extends CommonOptions {
  readonly mermaid?: boolean;
  readonly maxConcurrent?: string;
  readonly from?: string;
  readonly to?: string;
}

export const planCommand: CommandModule = {
  examples: [
    "lockstep plan examples/merge-configs.ts",
    "lockstep plan nightly-backup --from 2026-03-28 --to 2026-03-30",
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<file>", "A file, FILE#name, or the name of a workflow in the workflows folder")
      .option("--mermaid", "Print the graph as a Mermaid diagram")
      .option("--max-concurrent <n>", "Expect at most so many tasks at once")
      .option("--from <time>", "Show what its schedules would fire, from 2026-03-28 or 2026-03-28T08:00 on")
      .option("--to <time>", "Until then; a day counts as a whole")
      .action((file: string, options: PlanOptions) => finish(executePlan(context, file, options)));
  },
};

async function executePlan(context: CommandContext, reference: string, options: PlanOptions): Promise<number> {
  const { spec } = await withWorkflowHost(context, (host) => loadWorkflow(context, host, reference));
  if (options.mermaid) {
    context.output.writeOut(
      renderMermaid(
        buildSpecGraph(spec),
        spec.tasks.map((task) => task.id),
      ),
    );
    return EXIT.succeeded;
  }
  const medians = await readDatabase(context, options, (database) =>
    database === undefined ? new Map<string, number>() : readTaskMedians(database.store, spec.name),
  );
  const maxConcurrent =
    options.maxConcurrent === undefined
      ? (spec.maxConcurrent ?? null)
      : parseCount("--max-concurrent", options.maxConcurrent);
  const plan = planWorkflow(spec, medians, maxConcurrent);
  const slots = await readPlannedSlots(context, spec, options);
  if (options.json) writeJson(context, slots === undefined ? plan : { ...plan, slots: slots.map(toPlannedSlotJson) });
  else {
    const lines = slots === undefined ? renderPlan(plan, context.output.width) : renderPlannedSlots(slots);
    context.output.writeOut(`${lines.join("\n")}\n`);
  }
  return EXIT.succeeded;
}

async function readPlannedSlots(
  context: CommandContext,
  spec: WorkflowSpec,
  { from, to }: PlanOptions,
): Promise<PlannedSlot[] | undefined> {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) throw createUsageError("--from and --to belong together: give both");
  const config = await findConfig(context.cwd);
  return planSlots(spec, { from, to }, readZones(context, config?.config.timezone));
}
