import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { renderMermaid } from "../../core/mermaid.ts";
import { planWorkflow } from "../../views/plan-workflow.ts";
import { buildSpecGraph } from "../../views/spec-graph.ts";
import { readTaskMedians } from "../../views/task-durations.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { writeJson } from "../json-output.ts";
import { loadWorkflow, withWorkflowHost } from "../load-workflow.ts";
import { readDatabase } from "../open-database.ts";
import { parseCount } from "../read-options.ts";
import { renderPlan } from "../render-plan.ts";

interface PlanOptions extends CommonOptions {
  readonly mermaid?: boolean;
  readonly maxConcurrent?: string;
}

export const planCommand: CommandModule = {
  examples: ["lockstep plan examples/merge-configs.ts", "lockstep plan import.ts --mermaid"],
  configure(command: Command, context, finish) {
    command
      .argument("<file>", "A file, FILE#name, or the name of a workflow in the workflows folder")
      .option("--mermaid", "Print the graph as a Mermaid diagram")
      .option("--max-concurrent <n>", "Expect at most so many tasks at once")
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
  if (options.json) writeJson(context, plan);
  else context.output.writeOut(`${renderPlan(plan, context.output.width).join("\n")}\n`);
  return EXIT.succeeded;
}
