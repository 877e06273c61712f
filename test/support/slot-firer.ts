import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ScheduleSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { createDefinitionValue } from "../../src/engine/definition-value.ts";
import { type FireResult, fireSlots } from "../../src/engine/fire-slots.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { registerWorkflow } from "../../src/engine/register-workflow.ts";
import { createRunControl } from "../../src/engine/run-control.ts";
import { ProgramShelf } from "../../src/library/program-shelf.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { newUid } from "../../src/platform/uid.ts";
import { openStore } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export const START_AT = Date.UTC(2026, 0, 1, 0, 0, 30);
export const HOUR_MS = 3_600_000;

export interface LedgerRow {
  readonly id: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: string;
  readonly reason: string | null;
  readonly runId: number | null;
}

function createScheduledSpec(schedules: readonly ScheduleSpec[], notify: WorkflowSpec["notify"] = {}): WorkflowSpec {
  const wf = workflow("nightly");
  wf.task("only", () => 1);
  const { spec } = new ProgramShelf().keep(wf).definition;
  return { ...spec, schedules, ...(Object.keys(notify).length === 0 ? {} : { notify }) };
}

/** What an engine needs to fire slots, on a connection of its own; its clock is the caller's. */
export async function openFirer(path: string) {
  const clock = createSimulatedClock(START_AT);
  const store = await openStore({ path, access: "execute", clock });
  onTestFinished(() => store.close());
  const rows = getRows(store);
  const schedules = getScheduleRows(store);
  let nowAt = START_AT;
  let watchedSinceAt = START_AT;
  const plans = new PlanCache(rows);
  const control = createRunControl({ rows, plans, locks: createEngineLocks(path), now: () => nowAt });
  const inTransaction = <T>(work: () => T): T => {
    try {
      const result = store.transaction(work);
      plans.confirmCommitted();
      return result;
    } catch (error) {
      plans.forgetUncommitted();
      throw error;
    }
  };
  const fire = (at: number, id = 1, crash = false): FireResult => {
    nowAt = at;
    return inTransaction(() => {
      const scope = { rows, schedules, plans, control, newUid, watchedSinceAt, findInput: () => "{}" };
      const result = fireSlots(scope, id, at);
      if (crash) throw new Error("crash");
      return result;
    });
  };
  return {
    ...{ clock, store, rows, schedules, plans, control, inTransaction, fire },
    scope: { rows, schedules, plans, newUid },
    register: (specs: readonly ScheduleSpec[], at = START_AT, notify: WorkflowSpec["notify"] = {}) =>
      inTransaction(() =>
        registerWorkflow(
          { rows, schedules, plans, localZone: "UTC" },
          {
            definition: createDefinitionValue(createScheduledSpec(specs, notify)),
            file: "/w/nightly.ts",
            exportName: null,
            codeHash: null,
          },
          at,
        ),
      ),
    restart(at: number): void {
      watchedSinceAt = at;
    },
    endRun: (runId: number) => inTransaction(() => control.cancel(runId, null)),
    listLedger: (id = 1) =>
      store.sqlite
        .prepare<[number], LedgerRow>(
          `SELECT id, due_at AS dueAt, until_at AS untilAt, count, status, reason, run_id AS runId
           FROM slot WHERE schedule_id = ? ORDER BY due_at`,
        )
        .all(id),
  };
}

export async function openOne(spec: Omit<ScheduleSpec, "name">, notify: WorkflowSpec["notify"] = {}) {
  const firer = await openFirer(join(createTemporaryFolder(), "state", "lockstep.db"));
  firer.register([{ name: "nightly", ...spec }], START_AT, notify);
  return firer;
}

export type Firer = Awaited<ReturnType<typeof openFirer>>;
