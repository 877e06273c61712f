import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { cutToWidth, layOutTable } from "../../core/text-width.ts";
import { listSchedules, type ScheduleView } from "../../views/list-schedules.ts";
import { listSlots, SLOTS_LIMIT_DEFAULT, type SlotView } from "../../views/list-slots.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findSchedule } from "../find-schedule.ts";
import { formatZoneTime } from "../format-zone-time.ts";
import { toSlotJson, writeJson } from "../json-output.ts";
import { readDatabase } from "../open-database.ts";
import { parseCount, parseDurationOption } from "../read-options.ts";

const LIMIT_MAX = 100_000;

interface SlotsOptions extends CommonOptions {
  readonly limit?: string;
  readonly since?: string;
}

export const slotsCommand: CommandModule = {
  examples: ["lockstep slots nightly-backup", "lockstep slots nightly-backup --since 30d --json"],
  configure(command: Command, context, finish) {
    command
      .argument("<name>", "Of a schedule, or of a workflow with one")
      .option("--limit <n>", `At most so many, the newest (default: ${SLOTS_LIMIT_DEFAULT})`)
      .option("--since <duration>", "Only slots that were due so long ago at most, such as 2h or 7d")
      .action((name: string, options: SlotsOptions) => finish(executeSlots(context, name, options)));
  },
};

async function executeSlots(context: CommandContext, name: string, options: SlotsOptions): Promise<number> {
  const { limit, since } = options;
  const now = context.clock.now();
  const filter = {
    ...(limit === undefined ? {} : { limit: parseCount("--limit", limit, LIMIT_MAX) }),
    ...(since === undefined ? {} : { sinceAt: now - parseDurationOption("--since", since) }),
  };
  return await readDatabase(context, options, (database, shownPath) => {
    const isEngineAlive = database?.isEngineAlive ?? (() => false);
    const all = database === undefined ? [] : listSchedules(database.store, { now, isEngineAlive, withRemoved: true });
    const schedule = findSchedule(all, name, shownPath);
    const slots = database === undefined ? [] : listSlots(database.store, schedule.id, filter, isEngineAlive);
    if (options.json) {
      const json = slots.map((slot) => toSlotJson(schedule, slot));
      writeJson(context, json);
    } else context.output.writeOut(renderSlots(context, schedule, slots));
    return EXIT.succeeded;
  });
}

function renderSlots({ output }: CommandContext, schedule: ScheduleView, slots: readonly SlotView[]): string {
  const { name, cron, zone, nextAt, stateText } = schedule;
  const next = nextAt === null ? "" : `   next ${formatZoneTime(zone, nextAt)}`;
  const head = `${sanitizeLine(name)}   ${sanitizeLine(cron)}   ${sanitizeLine(zone)}   ${stateText}${next}`;
  if (slots.length === 0) return `${head}\nNo slot was due yet.\n`;
  const rows = slots.map((slot) => [
    formatZoneTime(zone, slot.dueAt),
    slot.untilAt === null ? "" : `… ${formatZoneTime(zone, slot.untilAt)}`,
    slot.count === 1 ? "" : `${slot.count} slots`,
    slot.state.replace("_", " "),
    slot.run === null ? "" : `#${slot.run} ${slot.runStatus ?? ""}`,
    sanitizeLine(slot.reason ?? ""),
  ]);
  const lines = [head, ...layOutTable([["DUE", "", "", "STATE", "RUN", "REASON"], ...rows])];
  return `${lines.map((line) => (output.outIsTerminal ? cutToWidth(line, output.width) : line)).join("\n")}\n`;
}
