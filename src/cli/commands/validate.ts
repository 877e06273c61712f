import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { buildSpecGraph } from "../../views/spec-graph.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { toMachine } from "../find-machine.ts";
import { findWorkflowsFolder } from "../find-workflow-file.ts";
import { findUnknownChannels, inspectConfig } from "../inspect-config.ts";
import { findResourceProblems } from "../inspect-resources.ts";
import { type Finding, type InspectedFile, inspectFile, pickFiles } from "../inspect-workflows.ts";
import { writeJson } from "../json-output.ts";
import { withWorkflowHost } from "../load-workflow.ts";
import { showPath } from "../open-database.ts";
import { renderFinding } from "../render-finding.ts";
import { describeShape } from "../render-run.ts";
import type { WorkflowHost } from "../workflow-host.ts";

export const validateCommand: CommandModule = {
  examples: ["lockstep validate", "lockstep validate backup.yaml --json"],
  configure(command: Command, context, finish) {
    command
      .argument("[target]", "A file or a folder; default: the workflows folder")
      .action((target: string | undefined, options: CommonOptions) =>
        finish(executeValidate(context, target, options)),
      );
  },
};

async function executeValidate(
  context: CommandContext,
  target: string | undefined,
  options: CommonOptions,
): Promise<number> {
  const config = await inspectConfig(context);
  const isBroken = config.findings.length > 0;
  const files = isBroken && target === undefined ? [] : await pickFiles(context, target);
  const inspect = async (host: WorkflowHost): Promise<InspectedFile[]> => {
    const all: InspectedFile[] = [];
    for (const file of files) all.push(await inspectFile(context, host, file, config.found));
    return all;
  };
  const inspected = await withWorkflowHost(context, inspect, isBroken ? null : undefined);
  const machine = toMachine(config.found, config.found && showPath(context, config.found.path));
  const sharing = isBroken ? [] : findResourceProblems(inspected, machine);
  const channels = inspected.flatMap(({ workflows, file }) =>
    workflows.flatMap((spec) => findUnknownChannels(context, config.found, spec, file)),
  );
  const others = [...sharing, ...channels];
  const findings = [...config.findings, ...inspected.flatMap((file) => listFindings(file, others))];
  if (options.json) writeJson(context, findings);
  else if (files.length === 0 && !isBroken) {
    const folder = showPath(context, target ?? (await findWorkflowsFolder(context)));
    context.output.writeOut(`No workflows in ${folder}/. Write a first one: lockstep init\n`);
  } else context.output.writeOut(`${findings.map(renderFinding).join("\n")}\n`);
  return findings.some((each) => each.level === "error") ? EXIT.wrongUse : EXIT.succeeded;
}

/** What was found, and `ok` for each workflow of a file without mistakes. `others`: what the file and the config disagree on. */
function listFindings({ file, workflows, findings }: InspectedFile, others: readonly Finding[]): Finding[] {
  const ofFile = others.filter((each) => each.file === file);
  const fine = (ofFile.some(({ level }) => level === "error") ? [] : workflows).map((spec): Finding => {
    const { layerCount } = buildSpecGraph(spec);
    const shape = describeShape(layerCount, spec.tasks.length, spec.strategy ?? "layers", spec.maxConcurrent ?? null);
    return { level: "ok", code: "ok", message: `${spec.name}: ${shape}`, file };
  });
  return [...fine, ...findings, ...ofFile];
}
