import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { layOutTable } from "../../core/text-width.ts";
import { buildSpecGraph } from "../../views/spec-graph.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findWorkflowsFolder } from "../find-workflow-file.ts";
import { type InspectedFile, inspectFile, pickFiles } from "../inspect-workflows.ts";
import { writeJson } from "../json-output.ts";
import { withWorkflowHost } from "../load-workflow.ts";
import { showPath } from "../open-database.ts";

export const workflowsCommand: CommandModule = {
  examples: ["lockstep workflows", "lockstep workflows --json"],
  configure(command: Command, context, finish) {
    command.action((options: CommonOptions) => finish(executeWorkflows(context, options)));
  },
};

interface WorkflowLine {
  readonly workflow: string | null;
  readonly file: string;
  readonly tasks: number | null;
  readonly layers: number | null;
  readonly schedules: readonly string[];
  readonly description: string | null;
  readonly error: string | null;
}

async function executeWorkflows(context: CommandContext, options: CommonOptions): Promise<number> {
  const files = await pickFiles(context, undefined);
  const lines = await withWorkflowHost(context, async (host) => {
    const all: WorkflowLine[] = [];
    for (const file of files) all.push(...toLines(await inspectFile(context, host, file)));
    return all;
  });
  if (options.json) writeJson(context, lines);
  else if (lines.length === 0) {
    const folder = showPath(context, await findWorkflowsFolder(context));
    context.output.writeOut(`No workflows in ${folder}/. Write a first one: lockstep init\n`);
  } else context.output.writeOut(`${render(lines).join("\n")}\n`);
  return EXIT.succeeded;
}

function toLines({ file, workflows, findings }: InspectedFile): WorkflowLine[] {
  const broken = findings.find((each) => each.level === "error");
  if (broken !== undefined) {
    const nothing = { workflow: null, tasks: null, layers: null, schedules: [], description: null };
    return [{ ...nothing, file, error: broken.message }];
  }
  return workflows.map((spec) => ({
    workflow: spec.name,
    file,
    tasks: spec.tasks.length,
    layers: buildSpecGraph(spec).layerCount,
    schedules: (spec.schedules ?? []).map((schedule) => schedule.cron),
    description: spec.description ?? null,
    error: null,
  }));
}

function render(lines: readonly WorkflowLine[]): string[] {
  const rows = lines.map((line) => [
    sanitizeLine(line.workflow ?? "-"),
    sanitizeLine(line.file),
    line.tasks === null ? "-" : String(line.tasks),
    line.schedules.length === 0 ? "-" : sanitizeLine(line.schedules.join(", ")),
    sanitizeLine(line.error === null ? (line.description ?? "") : `cannot be loaded: ${line.error}`),
  ]);
  return layOutTable([["WORKFLOW", "FILE", "TASKS", "SCHEDULE", ""], ...rows]);
}
