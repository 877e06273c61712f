import { sanitizeLine } from "../core/sanitize-text.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { listRuns, needsResume } from "../views/list-runs.ts";
import { findNextSlot } from "../views/next-slot.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { formatInstant } from "./format-instant.ts";
import { type Database, readDatabase } from "./open-database.ts";

const LINES_MAX = 5;

/** `lockstep` alone: what waits, what runs, what comes next, and where help is. */
export async function showOverview(context: CommandContext, options: CommonOptions): Promise<void> {
  await readDatabase(context, options, (database, shownPath) => {
    const lines = database === undefined ? [`No runs yet in ${shownPath}.`] : describe(database, shownPath);
    context.output.writeOut(`${[...lines, "", "All commands: lockstep --help"].join("\n")}\n`);
  });
}

function describe({ store, isEngineAlive }: Database, shownPath: string): string[] {
  const open = listCheckpoints(store, { status: "open", limit: LINES_MAX });
  const waiting = open.map(
    (each) => `  ${each.id} ${sanitizeLine(each.workflow ?? "")}  ${sanitizeLine(each.message)}`,
  );
  const { runs } = listRuns(
    store,
    { status: ["running", "interrupted", "queued", "paused"], limit: LINES_MAX },
    isEngineAlive,
  );
  const active = runs.map((line) => {
    const next = needsResume(line) ? `  lockstep resume ${line.run}` : "";
    return `  #${line.run} ${sanitizeLine(line.workflow)}  ${line.status}  ${line.tasksDone}/${line.tasksTotal}${next}`;
  });
  const slot = findNextSlot(store);
  return [
    waiting.length === 0 ? `Nothing waits for a decision in ${shownPath}.` : `Waits for a decision (${shownPath}):`,
    ...waiting,
    active.length === 0 ? "Nothing runs." : "Runs:",
    ...active,
    slot === undefined ? "No schedule." : `Next: ${sanitizeLine(slot.workflow)}, ${formatInstant(slot.at)}.`,
  ];
}
