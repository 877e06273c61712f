import type { ScheduleSpec } from "../core/workflow-spec.ts";
import { findNextSlot } from "../schedule/list-slots.ts";
import { createSchedulePolicy, createScheduleRule, parseSchedulePolicy } from "../schedule/schedule-policy.ts";
import type { Rows } from "../store/rows.ts";
import type { ScheduleRow, ScheduleRows } from "../store/schedule-rows.ts";
import type { DefinitionValue } from "./definition-value.ts";
import type { PlanCache } from "./plan-cache.ts";
import { isProgramPlace } from "./program-place.ts";
import { registerResources } from "./register-resources.ts";

/** A workflow that was loaded, and where it is from. */
export interface RegisteredWorkflow {
  readonly definition: DefinitionValue;
  /** Absolute. */
  readonly file: string;
  readonly exportName: string | null;
  readonly codeHash: string | null;
}

/** What the names of zones that a schedule may leave open mean now. */
export interface Zones {
  /** What `local` is. */
  readonly localZone: string;
  /** Of schedules that name none; absent: `localZone`. */
  readonly defaultZone?: string;
}

interface ZoneScope extends Zones {
  readonly rows: Rows;
  readonly schedules: ScheduleRows;
}

interface RegistryScope extends ZoneScope {
  readonly plans: PlanCache;
}

/**
 * Writes a workflow's row and its schedules; those that it no longer declares are removed. A schedule that is there keeps
 * its cursor and its pause. Inside a transaction.
 * @throws {InvalidDefinitionError} where a schedule is not valid, or its resources are not those of the rest
 */
export function registerWorkflow(scope: RegistryScope, workflow: RegisteredWorkflow, now: number): void {
  const { rows, schedules, plans } = scope;
  const { spec } = workflow.definition;
  registerResources(rows, spec, isProgramPlace(workflow.file) ? undefined : workflow.file, plans, now);
  const { definitionId } = plans.register(workflow.definition, now);
  const { file, exportName, codeHash } = workflow;
  schedules.saveWorkflow({ name: spec.name, file, exportName, definitionId, codeHash, errorJson: null, loadedAt: now });
  const declared = spec.schedules ?? [];
  for (const schedule of declared) declareSchedule(scope, spec.name, schedule, now);
  const names = new Set(declared.map(({ name }) => name));
  for (const row of schedules.listOf(spec.name)) if (!names.has(row.name)) schedules.markRemoved(row.id, now);
}

/** The file is gone, or no longer has it: what it scheduled is removed. Its runs stay. Inside a transaction. */
export function removeWorkflow(schedules: ScheduleRows, name: string, now: number): void {
  for (const row of schedules.listOf(name)) schedules.markRemoved(row.id, now);
  schedules.deleteWorkflow(name);
}

/** Schedules whose zone was declared as `local`, or not at all, go by the zone that holds now. Inside a transaction. */
export function followZones(scope: ZoneScope, now: number): void {
  const { schedules, rows } = scope;
  for (const row of schedules.list()) {
    if (row.removedAt !== null || !parseSchedulePolicy(row.policyJson).isZoneLocal) continue;
    const definitionId = schedules.findWorkflow(row.workflow)?.definitionId ?? null;
    if (definitionId === null) continue;
    const declared = rows.definitions.get(definitionId).spec.schedules?.find(({ name }) => name === row.name);
    if (declared === undefined || resolveZone(scope, declared) === row.timezone) continue;
    declareSchedule(scope, row.workflow, declared, now);
  }
}

/** The zone that a schedule goes by. */
export function resolveZone({ localZone, defaultZone = localZone }: Zones, { timezone }: ScheduleSpec): string {
  return timezone === "local" ? localZone : (timezone ?? defaultZone);
}

/**
 * One that was removed and is declared again begins now: what was due between is in the ledger, or was never due. The
 * next slot follows from the rule as it is from now on.
 */
function declareSchedule(scope: ZoneScope, workflow: string, schedule: ScheduleSpec, now: number): void {
  const { schedules } = scope;
  const { name, cron } = schedule;
  const timezone = resolveZone(scope, schedule);
  const policy = createSchedulePolicy(schedule, timezone);
  const found = schedules.findNamed(workflow, name);
  const cursorAt =
    found === undefined ? now : found.removedAt === null ? found.cursorAt : Math.max(found.cursorAt, now);
  const nextAt = findNextSlot(createScheduleRule(cron, timezone, policy), cursorAt)?.dueAt ?? null;
  schedules.upsert({ workflow, name, cron, timezone, policyJson: JSON.stringify(policy), cursorAt, nextAt });
  if (found !== undefined && policy.isZoneLocal) noteZone(scope.rows, found, timezone, now);
}

function noteZone(rows: Rows, { workflow, name, timezone, policyJson }: ScheduleRow, zone: string, now: number): void {
  if (timezone === zone || !parseSchedulePolicy(policyJson).isZoneLocal) return;
  rows.events.insert(
    null,
    [{ kind: "schedule.zone_changed", data: { workflow, schedule: name, from: timezone, to: zone } }],
    now,
  );
}
