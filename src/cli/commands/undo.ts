import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { undoDecision } from "../../engine/undo.ts";
import { getRows } from "../../store/rows.ts";
import { getCheckpoint } from "../checkpoint-reference.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { readActor } from "../decide-as-person.ts";
import { writeJson } from "../json-output.ts";
import { nameOf } from "../make-decision.ts";
import { changeDatabase } from "../open-database.ts";

export const undoCommand: CommandModule = {
  examples: ["lockstep undo 412.1", "lockstep undo ask-7"],
  configure(command: Command, context, finish) {
    command
      .argument("<id>", "A checkpoint that was decided: 412.1 or ask-7")
      .action((id: string, options: CommonOptions) => finish(executeUndo(context, id, options)));
  },
};

async function executeUndo(context: CommandContext, id: string, options: CommonOptions): Promise<number> {
  return await changeDatabase(context, options, async (database) => {
    const view = getCheckpoint(id, database);
    const request = { ...nameOf(view), by: readActor(context), via: "cli" };
    const rows = getRows(database.store);
    const reopened = await database.store.writeTransaction(() => undoDecision(rows, request, context.clock.now()));
    const next = view.run === null ? `ask-${reopened.number}` : `${view.run}.${reopened.number}`;
    if (options.json) writeJson(context, { checkpoint: view.id, outcome: "undone", reopened: next });
    else context.output.writeOut(`Took back ${view.id}. It waits again, as ${next}.\n`);
    return EXIT.succeeded;
  });
}
