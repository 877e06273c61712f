import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { cutToWidth, layOutTable } from "../../core/text-width.ts";
import { pauseSchedule, resumeSchedule } from "../../engine/schedule-control.ts";
import { getRows } from "../../store/rows.ts";
import { getScheduleRows } from "../../store/schedule-rows.ts";
import { listSchedules, type ScheduleView } from "../../views/list-schedules.ts";
import { signSlot } from "../../views/slot-sign.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findSchedule } from "../find-schedule.ts";
import { formatZoneInstant, formatZoneTime } from "../format-zone-time.ts";
import { toScheduleJson, writeJson } from "../json-output.ts";
import { changeKnownDatabase, type Database, readDatabase } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { createScheduleActions, readPauseEnd } from "../schedule-actions.ts";

interface SchedulesOptions extends CommonOptions {
  readonly until?: string;
}

export const schedulesCommand: CommandModule = {
  examples: ["lockstep schedules", "lockstep schedules pause nightly-backup --until 2026-12-01"],
  configure(command: Command, context, finish) {
    command
      .argument("[action]", "pause, resume, or trigger: start one run now; left out: list them")
      .argument("[name]", "Of a schedule, or of a workflow with one")
      .option("--until <time>", "Of a pause: a date such as 2026-12-01 or 2026-12-01T08:00, or a duration such as 2h")
      .action((action: string | undefined, name: string | undefined, options: SchedulesOptions) =>
        finish(executeSchedules(context, action, name, options)),
      );
  },
};

async function executeSchedules(
  context: CommandContext,
  action: string | undefined,
  name: string | undefined,
  options: SchedulesOptions,
): Promise<number> {
  if (action === undefined) return await showSchedules(context, options);
  if (action !== "pause" && action !== "resume" && action !== "trigger") {
    throw createUsageError(
      `schedules: expected pause, resume or trigger, found "${action}". Of one schedule: lockstep slots NAME`,
    );
  }
  if (name === undefined) throw createUsageError(`schedules ${action}: expected the name of a schedule, found none`);
  if (action !== "pause" && options.until !== undefined) throw createUsageError("--until belongs to pause");
  return await changeKnownDatabase(context, options, (database) => ACTIONS[action](context, database, name, options));
}

const ACTIONS = { pause, resume, trigger } as const;

async function showSchedules(context: CommandContext, options: CommonOptions): Promise<number> {
  return await readDatabase(context, options, (database, shownPath) => {
    const all = database === undefined ? [] : readSchedules(context, database);
    if (options.json) writeJson(context, all.map(toScheduleJson));
    else if (all.length > 0) context.output.writeOut(renderSchedules(context, all));
    else {
      context.output.writeOut(
        `No schedules in ${shownPath}. A daemon writes those of its workflows: lockstep daemon --workflows DIR\n`,
      );
    }
    return EXIT.succeeded;
  });
}

function readSchedules({ clock }: CommandContext, { store, isEngineAlive }: Database): ScheduleView[] {
  return listSchedules(store, { now: clock.now(), isEngineAlive });
}

function renderSchedules({ output }: CommandContext, all: readonly ScheduleView[]): string {
  const head = ["SCHEDULE", "CRON", "ZONE", "NEXT", "LAST 10", "STATE"];
  const rows = all.map((each) => [
    sanitizeLine(each.name === each.workflow ? each.name : `${each.workflow}/${each.name}`),
    sanitizeLine(each.cron),
    sanitizeLine(each.zone),
    each.nextAt === null ? "-" : formatZoneTime(each.zone, each.nextAt),
    each.lastSlots.map((slot) => signSlot(slot, output.unicode)).join("") || "-",
    describeState(each),
  ]);
  const lines = layOutTable([head, ...rows]);
  return `${lines.map((line) => (output.outIsTerminal ? cutToWidth(line, output.width) : line)).join("\n")}\n`;
}

function describeState({ stateText, isPaused, pausedUntilAt, zone }: ScheduleView): string {
  return isPaused && pausedUntilAt !== null ? `paused until ${formatZoneTime(zone, pausedUntilAt)}` : stateText;
}

async function pause(
  context: CommandContext,
  database: Database,
  name: string,
  options: SchedulesOptions,
): Promise<number> {
  const found = findSchedule(readSchedules(context, database), name, database.shownPath);
  const now = context.clock.now();
  const untilAt = options.until === undefined ? null : readPauseEnd(options.until, found.zone, now);
  await database.store.writeTransaction(() => pauseSchedule(scopeOf(database), found.id, untilAt, now));
  const until = untilAt === null ? "until you resume it" : `until ${formatZoneInstant(found.zone, untilAt)}`;
  return tell(
    context,
    database,
    found,
    options,
    `${sanitizeLine(found.name)} is paused ${until}; its slots are skipped`,
  );
}

async function resume(
  context: CommandContext,
  database: Database,
  name: string,
  options: SchedulesOptions,
): Promise<number> {
  const found = findSchedule(readSchedules(context, database), name, database.shownPath);
  const isDone = await database.store.writeTransaction(() =>
    resumeSchedule(scopeOf(database), found.id, context.clock.now()),
  );
  const text = isDone ? "is resumed; slots of the pause stay skipped" : "was not paused; nothing was done";
  return tell(context, database, found, options, `${sanitizeLine(found.name)} ${text}`);
}

function scopeOf({ store }: Database) {
  return { rows: getRows(store), schedules: getScheduleRows(store) };
}

function tell(
  context: CommandContext,
  database: Database,
  { id }: ScheduleView,
  options: CommonOptions,
  text: string,
): number {
  const after = readSchedules(context, database).find((each) => each.id === id);
  if (options.json && after !== undefined) writeJson(context, toScheduleJson(after));
  else {
    const next = after?.nextAt == null ? "" : `. Next: ${formatZoneInstant(after.zone, after.nextAt)}`;
    context.output.writeOut(`${text}${next}\n`);
  }
  return EXIT.succeeded;
}

async function trigger(
  context: CommandContext,
  database: Database,
  name: string,
  options: SchedulesOptions,
): Promise<number> {
  const found = findSchedule(readSchedules(context, database), name, database.shownPath);
  const { run, text } = await createScheduleActions(context, database).trigger(found);
  if (options.json) writeJson(context, { workflow: found.workflow, schedule: found.name, run });
  else context.output.writeOut(`${sanitizeLine(text)}\n`);
  return EXIT.succeeded;
}
