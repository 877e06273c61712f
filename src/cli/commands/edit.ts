import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { type DecisionOptions, makeDecision } from "../make-decision.ts";
import { readJsonOption } from "../read-json-option.ts";
import { collectPairs } from "../read-options.ts";

interface EditOptions extends DecisionOptions {
  readonly set: Readonly<Record<string, string>>;
}

export const editCommand: CommandModule = {
  examples: [
    `lockstep edit 412.1 --set 'load={"rows":3}' --if-hash 7c1e09`,
    `lockstep edit 412 --set 'deploy=["eu"]' --comment "one region first"`,
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<id>", "A checkpoint: 412.1, or a run with one that is open")
      .requiredOption(
        "--set <task=json>",
        "An output of the reviewed layer, or what the task is given; or @FILE",
        collectPairs("--set"),
      )
      .option("--if-hash <hash>", "Only if it is still what you saw; its first digits are enough")
      .option("--comment <text>", "Kept with the decision")
      .action((id: string, options: EditOptions) =>
        finish(makeDecision(context, id, options, { decision: "edit", values: readValues(context, options) })),
      );
  },
};

function readValues(context: CommandContext, { set }: EditOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(set).map(([task, json]) => [task, readJsonOption(context, `--set ${task}`, json)]),
  );
}
