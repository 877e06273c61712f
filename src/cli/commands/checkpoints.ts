import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { listCheckpoints } from "../../views/list-checkpoints.ts";
import { showCheckpoint } from "../../views/show-checkpoint.ts";
import { getCheckpoint } from "../checkpoint-reference.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { toCheckpointJson, writeJson } from "../json-output.ts";
import { nameOf } from "../make-decision.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { renderCheckpoint, renderCheckpointList } from "../render-checkpoint.ts";

export const checkpointsCommand: CommandModule = {
  examples: ["lockstep checkpoints", "lockstep checkpoints 412.1"],
  configure(command: Command, context, finish) {
    command
      .argument("[id]", "One of them, whole: 412.1, ask-7, or a run with one that is open")
      .action((id: string | undefined, options: CommonOptions) => finish(executeCheckpoints(context, id, options)));
  },
};

async function executeCheckpoints(
  context: CommandContext,
  id: string | undefined,
  options: CommonOptions,
): Promise<number> {
  return await readDatabase(context, options, (database, shownPath) => {
    if (id !== undefined) {
      if (database === undefined) throw createUsageError(`There is no database at ${shownPath} yet.`);
      return showOne(context, id, options, database);
    }
    const views = database === undefined ? [] : listCheckpoints(database.store, { status: "open" });
    if (options.json) writeJson(context, views.map(toCheckpointJson));
    else if (views.length === 0) context.output.writeOut(`Nothing waits for a decision in ${shownPath}.\n`);
    else context.output.writeOut(`${renderCheckpointList(views, context.clock.now())}\n`);
    return EXIT.succeeded;
  });
}

function showOne(context: CommandContext, id: string, options: CommonOptions, database: Database): number {
  const view = getCheckpoint(id, database);
  const { run, number } = nameOf(view);
  const { store, isEngineAlive } = database;
  const detail = showCheckpoint(store, run, number, isEngineAlive, { isWhole: options.json === true });
  if (detail === undefined) return EXIT.notFound;
  if (!options.json) context.output.writeOut(`${renderCheckpoint(detail, context.clock.now())}\n`);
  else {
    const parse = (json: string | null): unknown => (json === null ? null : JSON.parse(json));
    const { consequences, fields } = detail;
    const happened = detail.happened.map(({ outputJson, items: _, ...task }) => ({
      ...task,
      output: parse(outputJson),
    }));
    const shown = {
      input: parse(detail.inputJson),
      show: parse(detail.showJson),
      resolved: parse(detail.resolvedJson),
    };
    writeJson(context, { ...toCheckpointJson(view), ...shown, fields, happened, ...consequences });
  }
  return EXIT.succeeded;
}
