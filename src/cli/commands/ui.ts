import { existsSync } from "node:fs";
import type { Command } from "commander";
import { DatabaseError, EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { cutToWidth, layOutTable } from "../../core/text-width.ts";
import { listCheckpoints } from "../../views/list-checkpoints.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { toCheckpointJson, writeJson } from "../json-output.ts";
import { changeDatabase, type Database, findDatabasePath, readDatabase } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { createUiPorts } from "../ui-ports.ts";

interface UiOptions extends CommonOptions {
  readonly checkpoint?: string;
  readonly readOnly?: boolean;
}

/** Lines that are printed where there is no terminal; `--json` has all. */
const LINES_MAX = 100;
const GATE = /^#?(\d+\.|ask-)\d+$/;

export const uiCommand: CommandModule = {
  examples: ["lockstep ui", "lockstep ui --checkpoint 412.1"],
  configure(command: Command, context, finish) {
    command
      .option("--checkpoint <id>", "Open this one, such as 412.1")
      .option("--read-only", "Look, and decide nothing")
      .action((options: UiOptions) => finish(executeUi(context, options)));
  },
};

async function executeUi(context: CommandContext, options: UiOptions): Promise<number> {
  const { checkpoint } = options;
  if (checkpoint !== undefined && !GATE.test(checkpoint)) {
    throw createUsageError(`--checkpoint: expected an id such as 412.1, found "${checkpoint}"`);
  }
  if (options.json === true || !context.output.outIsTerminal || !process.stdin.isTTY) {
    return await printPending(context, options);
  }
  if (options.readOnly === true) return await openReadOnly(context, options, "It was opened with --read-only");
  try {
    return await changeDatabase(context, options, (database) => drawUi(context, options, database, null));
  } catch (error) {
    if (!isRefusedForWriting(error) || !existsSync(await findDatabasePath(context, options))) throw error;
    return await openReadOnly(context, options, `Nothing can be decided here: ${error.message}`);
  }
}

function isRefusedForWriting(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && ["database_readonly", "database_permission"].includes(error.code);
}

async function openReadOnly(context: CommandContext, options: UiOptions, reason: string): Promise<number> {
  return await readDatabase(context, options, async (database, shownPath) => {
    if (database === undefined) throw createMissingError(shownPath);
    return await drawUi(context, options, database, reason);
  });
}

function createMissingError(shownPath: string): DatabaseError {
  return new DatabaseError("database_missing", `There is no database at ${shownPath}; reading never creates one.`);
}

async function drawUi(
  context: CommandContext,
  { checkpoint }: UiOptions,
  database: Database,
  readOnlyReason: string | null,
): Promise<number> {
  // Ink and chalk look at FORCE_COLOR alone, when they are loaded.
  if (!context.output.color) process.env.FORCE_COLOR = "0";
  const { startUi } = await import("../../ui/start-ui.tsx");
  const ports = createUiPorts(context, database, readOnlyReason);
  const { stdin, stdout } = process;
  const onInterrupt = (callback: () => void) => context.onInterrupt(callback);
  const ended = await startUi(ports, { checkpoint, stdin, stdout, onInterrupt });
  return ended === "interrupted" ? EXIT.interrupted : EXIT.succeeded;
}

/** Without a terminal: what waits, and the exit code that says so. */
async function printPending(context: CommandContext, options: UiOptions): Promise<number> {
  return await readDatabase(context, options, (database, shownPath) => {
    const { output } = context;
    const open = database === undefined ? [] : listCheckpoints(database.store, { status: "open" });
    if (options.json === true) writeJson(context, open.map(toCheckpointJson));
    else if (open.length === 0) output.writeOut(`Nothing waits in ${shownPath}.\n`);
    else {
      const rows = open
        .slice(0, LINES_MAX)
        .map((each) => [each.id, each.risk, sanitizeLine(each.workflow ?? ""), sanitizeLine(each.message)]);
      const lines = layOutTable(rows).map((line) => cutToWidth(line, output.width));
      const more = open.length > LINES_MAX ? [`and ${open.length - LINES_MAX} more: lockstep ui --json`] : [];
      output.writeOut(`${[...lines, ...more, "This is no terminal. Decide: lockstep approve ID"].join("\n")}\n`);
    }
    return open.length === 0 ? EXIT.succeeded : EXIT.waiting;
  });
}
