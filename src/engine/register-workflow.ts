import { createSchedulePolicy } from "../schedule/schedule-policy.ts";
import type { Rows } from "../store/rows.ts";
import type { ScheduleRows } from "../store/schedule-rows.ts";
import type { DefinitionValue } from "./definition-value.ts";
import type { PlanCache } from "./plan-cache.ts";
import { registerResources } from "./register-resources.ts";

/** A workflow that was loaded, and where it is from. */
export interface RegisteredWorkflow {
  readonly definition: DefinitionValue;
  /** Absolute. */
  readonly file: string;
  readonly exportName: string | null;
  readonly codeHash: string | null;
}

interface RegistryScope {
  readonly rows: Rows;
  readonly schedules: ScheduleRows;
  readonly plans: PlanCache;
  /** What `local` is now. */
  readonly localZone: string;
  /** Of schedules that name none; absent: `localZone`. */
  readonly defaultZone?: string;
}

/**
 * Writes a workflow's row and its schedules; those that it no longer declares are removed. A schedule that is there keeps
 * its cursor and its pause. Inside a transaction.
 * @throws {InvalidDefinitionError} where a schedule is not valid, or its resources are not those of the rest
 */
export function registerWorkflow(scope: RegistryScope, workflow: RegisteredWorkflow, now: number): void {
  const { rows, schedules, plans, localZone, defaultZone = localZone } = scope;
  const { spec } = workflow.definition;
  registerResources(rows, spec, workflow.file, plans.machine, now);
  const { definitionId } = plans.register(workflow.definition, now);
  const { file, exportName, codeHash } = workflow;
  schedules.saveWorkflow({ name: spec.name, file, exportName, definitionId, codeHash, errorJson: null, loadedAt: now });
  const declared = spec.schedules ?? [];
  for (const schedule of declared) {
    const { timezone, name, cron } = schedule;
    const zone = timezone === "local" ? localZone : (timezone ?? defaultZone);
    const policyJson = JSON.stringify(createSchedulePolicy(schedule, zone));
    schedules.upsert({ workflow: spec.name, name, cron, timezone: zone, policyJson }, now);
  }
  const names = new Set(declared.map(({ name }) => name));
  for (const row of schedules.listOf(spec.name)) if (!names.has(row.name)) schedules.markRemoved(row.id, now);
}

/** The file is gone: what it scheduled is removed. Its runs stay. Inside a transaction. */
export function removeWorkflow(schedules: ScheduleRows, name: string, now: number): void {
  for (const row of schedules.listOf(name)) schedules.markRemoved(row.id, now);
}
