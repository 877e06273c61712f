import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { type DecisionOptions, makeDecision } from "../make-decision.ts";
import { readJsonOption } from "../read-json-option.ts";
import { createUsageError } from "../read-options.ts";

interface ApproveOptions extends DecisionOptions {
  readonly only?: string;
  readonly answers?: string;
}

export const approveCommand: CommandModule = {
  examples: ["lockstep approve 412.1 --if-hash 7c1e09", "lockstep approve 412.1 --only 0,2 --if-hash 7c1e09"],
  configure(command: Command, context, finish) {
    command
      .argument("<id>", "A checkpoint: 412.1, ask-7, or a run with one that is open")
      .option("--if-hash <hash>", "Only if it is still what you saw; its first digits are enough")
      .option("--only <items>", "Of a map: the items that run, counted from 0, such as 1,3")
      .option("--answers <json>", "The answers to its form, or @FILE")
      .option("--comment <text>", "Kept with the decision")
      .action((id: string, options: ApproveOptions) =>
        finish(
          makeDecision(context, id, options, {
            decision: "approve",
            ...readOnly(options),
            ...readAnswers(context, options),
          }),
        ),
      );
  },
};

function readOnly({ only }: ApproveOptions): { only?: number[] } {
  if (only === undefined) return {};
  if (!/^\d+(,\d+)*$/.test(only)) throw createUsageError(`--only: expected items such as 1,3, found "${only}"`);
  return { only: only.split(",").map(Number) };
}

function readAnswers(context: CommandContext, { answers }: ApproveOptions): { answers?: unknown } {
  return answers === undefined ? {} : { answers: readJsonOption(context, "--answers", answers) };
}
