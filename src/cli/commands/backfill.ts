import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { type BackfillRequest, type BackfillResult, backfillInParts } from "../../engine/backfill.ts";
import { PlanCache } from "../../engine/plan-cache.ts";
import { newUid } from "../../platform/uid.ts";
import { getRows } from "../../store/rows.ts";
import { getScheduleRows } from "../../store/schedule-rows.ts";
import { listSchedules, type ScheduleView } from "../../views/list-schedules.ts";
import { isWorkflowServed } from "../../views/served-workflows.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findSchedule } from "../find-schedule.ts";
import { formatZoneInstant, formatZoneTime } from "../format-zone-time.ts";
import { toBackfillJson, writeJson } from "../json-output.ts";
import { changeKnownDatabase, type Database } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { readTime } from "../schedule-actions.ts";
import { readScheduleInput } from "../schedule-input.ts";

interface BackfillOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
}

/** Lines of a dry run; `--json` has all. */
const LINES_MAX = 20;

export const backfillCommand: CommandModule = {
  examples: [
    "lockstep backfill nightly-backup --from 2026-11-20 --to 2026-11-23 --dry-run",
    "lockstep backfill hourly-import --from 2026-11-23T08:00 --to 2026-11-23T12:00",
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<name>", "Of a schedule, or of a workflow with one")
      .requiredOption("--from <time>", "The first time that counts, in the schedule's zone: 2026-11-20 or …T08:00")
      .requiredOption("--to <time>", "The last one; a day counts as a whole")
      .option("--dry-run", "Say what would start, and start nothing")
      .action((name: string, options: BackfillOptions) => finish(executeBackfill(context, name, options)));
  },
};

async function executeBackfill(context: CommandContext, name: string, options: BackfillOptions): Promise<number> {
  return await changeKnownDatabase(context, options, async (database) => {
    const { store, isEngineAlive, shownPath } = database;
    const now = context.clock.now();
    const schedule = findSchedule(listSchedules(store, { now, isEngineAlive }), name, shownPath);
    const fromAt = readTime("from", options.from, schedule.zone);
    const toAt = readTime("to", options.to, schedule.zone);
    if (toAt < fromAt) throw createUsageError(`--to: expected a time after --from, found ${options.to}. Swap them`);
    const inputJson = options.dryRun ? undefined : await readScheduleInput(context, store, schedule);
    const result = await backfill(context, database, { scheduleId: schedule.id, fromAt, toAt, inputJson });
    if (options.json) writeJson(context, toBackfillJson(schedule, result));
    else context.output.writeOut(`${describe(database, schedule, result, options).join("\n")}\n`);
    return EXIT.succeeded;
  });
}

async function backfill(
  { clock }: CommandContext,
  { store }: Database,
  request: BackfillRequest,
): Promise<BackfillResult> {
  const rows = getRows(store);
  const scope = { rows, schedules: getScheduleRows(store), plans: new PlanCache(rows), newUid };
  return await backfillInParts(store, scope, request, clock.now());
}

function describe(
  { store, isEngineAlive }: Database,
  schedule: ScheduleView,
  { slots, runs, presentCount, dueAfterAt }: BackfillResult,
  { dryRun, to }: BackfillOptions,
): string[] {
  const { zone, workflow } = schedule;
  const name = sanitizeLine(schedule.name);
  const present = presentCount === 0 ? "" : `; ${presentCount} were in the ledger already`;
  const what = dryRun ? `would start ${countRuns(slots.length)}` : `started ${countRuns(runs.length)}`;
  const lines = [`${name}: ${what}${present}`];
  for (const [at, dueAt] of slots.slice(0, LINES_MAX).entries()) {
    lines.push(`  ${formatZoneTime(zone, dueAt)}${runs[at] === undefined ? "" : `  #${runs[at]}`}`);
  }
  if (slots.length > LINES_MAX) lines.push(`  … ${slots.length - LINES_MAX} more`);
  if (readTime("to", to, zone) > dueAfterAt) {
    lines.push(
      `Slots after ${formatZoneInstant(zone, dueAfterAt)} are the daemon's: it decides them when they are due.`,
    );
  }
  if (runs.length > 0 && !isWorkflowServed(store, workflow, isEngineAlive)) {
    lines.push("No daemon runs. They start when one does: lockstep daemon --workflows DIR");
  }
  return lines;
}

function countRuns(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}
