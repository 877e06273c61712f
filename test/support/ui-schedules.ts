import type { SlotStatus } from "../../src/core/slot-status.ts";
import { SCHEDULE_POLICY_DEFAULTS } from "../../src/schedule/schedule-policy.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";

export interface SeededSchedule {
  readonly workflow: string;
  readonly cron: string;
  readonly zone: string;
  readonly nextAt: number;
  /** Where its workflow's file lies; left out: it was never loaded. */
  readonly file?: string;
}

/** A schedule as a daemon writes it; returns its row. */
export function insertSchedule(store: Store, { workflow, cron, zone, nextAt, file }: SeededSchedule): number {
  const rows = getScheduleRows(store);
  return store.transaction(() => {
    const definitionId = store.sqlite
      .prepare<[string], number>("SELECT max(id) FROM definition WHERE workflow = ?")
      .pluck()
      .get(workflow);
    const loaded = { exportName: null, codeHash: null, errorJson: null, loadedAt: Date.now() };
    rows.saveWorkflow({
      ...loaded,
      name: workflow,
      file: file ?? `/work/${workflow}.ts`,
      definitionId: definitionId ?? null,
    });
    const policyJson = JSON.stringify(SCHEDULE_POLICY_DEFAULTS);
    const declared = { workflow, name: workflow, cron, timezone: zone, policyJson };
    rows.upsert({ ...declared, cursorAt: Date.now(), nextAt });
    return rows.listOf(workflow)[0]?.id ?? 0;
  });
}

export function insertSlot(store: Store, scheduleId: number, dueAt: number, status: SlotStatus, runId?: number): void {
  const rows = getScheduleRows(store);
  store.transaction(() => {
    const slot = { scheduleId, dueAt, untilAt: null, count: 1, status, reason: null, fireAt: null };
    const id = rows.insertSlot(slot);
    if (id === undefined || runId === undefined) return;
    rows.setSlotRun(id, runId);
    store.sqlite.prepare("UPDATE run SET slot_id = ? WHERE id = ?").run(id, runId);
  });
}
