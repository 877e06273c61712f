import { parseDuration } from "../../core/duration.ts";
import { InvalidDefinitionError, InvalidInputError } from "../../core/errors.ts";
import type { JsonSchema, ScheduleSpec } from "../../core/workflow-spec.ts";
import { assertCron } from "../../schedule/cron-rule.ts";
import { parseInputValue } from "./check-input.ts";
import { describeFound } from "./describe-found.ts";
import type { LoadContext } from "./load-context.ts";
import type { ScheduleDefinition } from "./schema-workflow.ts";
import { findTimezoneMistake } from "./timezone.ts";
import type { YamlPath } from "./yaml-document.ts";

/** The schedules of a file. The first without a name has the workflow's, further ones with `-2`, `-3` … behind it. */
export function compileSchedules(load: LoadContext, workflow: string, input: JsonSchema): ScheduleSpec[] {
  const { schedule } = load.definition;
  if (schedule === undefined) return [];
  const written: readonly (readonly [ScheduleDefinition, YamlPath])[] = Array.isArray(schedule)
    ? schedule.map((each, index) => [each, ["schedule", index]] as const)
    : [[schedule, ["schedule"]]];
  const names = new Set<string>();
  return written.map(([each, path], index) => {
    const name = each.name ?? (index === 0 ? workflow : `${workflow}-${index + 1}`);
    if (names.has(name))
      load.report(path, `schedule: the name ${JSON.stringify(name)} is there twice. Name one of them`);
    names.add(name);
    checkSchedule(load, each, path, input);
    return toScheduleSpec(name, each);
  });
}

function checkSchedule(load: LoadContext, schedule: ScheduleDefinition, path: YamlPath, input: JsonSchema): void {
  const { catchup, overlap, timezone, from, until } = schedule;
  checkCron(load, schedule.cron, [...path, "cron"]);
  if (catchup === "all" && (overlap ?? "skip") === "skip") {
    const message = "catchup: all with overlap: skip would skip what it catches up. Write overlap: queue or allow";
    load.report([...path, "catchup"], message);
  }
  const mistake = timezone === undefined ? undefined : findTimezoneMistake(timezone);
  if (mistake !== undefined) load.report([...path, "timezone"], `timezone: ${mistake}`);
  if (from !== undefined && until !== undefined && from >= until) {
    load.report([...path, "until"], `until: expected a date after from (${from}), found ${describeFound(until)}`);
  }
  checkScheduleInput(load, schedule, path, input);
}

function checkCron(load: LoadContext, cron: string, path: YamlPath): void {
  try {
    assertCron(cron);
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error;
    load.report(path, `schedule.cron: ${error.message}`);
  }
}

/** A slot must not be missed for an input that was wrong from the beginning. */
function checkScheduleInput(load: LoadContext, schedule: ScheduleDefinition, path: YamlPath, input: JsonSchema): void {
  try {
    parseInputValue(input, schedule.input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    load.report(schedule.input === undefined ? path : [...path, "input"], `schedule: ${error.message}`);
  }
}

function toScheduleSpec(name: string, schedule: ScheduleDefinition): ScheduleSpec {
  const { cron, catchupWindow, jitter, name: _, ...others } = schedule;
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    name,
    cron: cron.trim().replaceAll(/\s+/g, " "),
    ...(Object.fromEntries(given) as Omit<ScheduleSpec, "name" | "cron">),
    ...(catchupWindow === undefined ? {} : { catchupWindowMs: parseDuration(catchupWindow) }),
    ...(jitter === undefined ? {} : { jitterMs: parseDuration(jitter) }),
  };
}
