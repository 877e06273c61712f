import type { Command } from "commander";
import type { CommandModule } from "../command-context.ts";
import { type DecisionOptions, makeDecision } from "../make-decision.ts";

interface RejectOptions extends DecisionOptions {
  readonly reason: string;
}

export const rejectCommand: CommandModule = {
  examples: ['lockstep reject 412.1 --reason "wrong host"', 'lockstep reject ask-7 --reason "not today"'],
  configure(command: Command, context, finish) {
    command
      .argument("<id>", "A checkpoint: 412.1, ask-7, or a run with one that is open")
      .requiredOption("--reason <text>", "Why; people will read it")
      .option("--if-hash <hash>", "Only if it is still what you saw; its first digits are enough")
      .option("--comment <text>", "Kept with the decision")
      .action((id: string, options: RejectOptions) =>
        finish(makeDecision(context, id, options, { decision: "reject", reason: options.reason })),
      );
  },
};
