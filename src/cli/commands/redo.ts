import type { Command } from "commander";
import type { CommandModule } from "../command-context.ts";
import { type DecisionOptions, makeDecision } from "../make-decision.ts";
import { collectTexts } from "../read-options.ts";

interface RedoOptions extends DecisionOptions {
  readonly feedback: string;
  readonly task?: readonly string[];
}

export const redoCommand: CommandModule = {
  examples: [
    'lockstep redo 412.1 --feedback "use the new host"',
    'lockstep redo 412.1 --task load --feedback "rows are missing"',
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<id>", "A checkpoint: 412.1, or a run with one that is open")
      .requiredOption("--feedback <text>", "What the tasks are told that run again")
      .option("--task <task>", "Only this task and what follows it; may be repeated", collectTexts)
      .option("--if-hash <hash>", "Only if it is still what you saw; its first digits are enough")
      .option("--comment <text>", "Kept with the decision")
      .action((id: string, options: RedoOptions) => {
        const tasks = options.task === undefined ? {} : { tasks: options.task };
        return finish(makeDecision(context, id, options, { decision: "redo", feedback: options.feedback, ...tasks }));
      });
  },
};
