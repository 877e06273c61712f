import type { DaemonProject } from "./daemon-project.ts";

export interface LedgerLine {
  readonly id: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: string;
  readonly reason: string | null;
  readonly run: number | null;
}

export function readLedger({ query }: DaemonProject): LedgerLine[] {
  return query(`SELECT id, due_at AS dueAt, until_at AS untilAt, count, status, reason, run_id AS run
    FROM slot WHERE status <> 'void' ORDER BY due_at`);
}

/** What is wrong with the ledger of one schedule that is due every so often, and with its runs: nothing, if all is well. */
export function findLedgerDamage(project: DaemonProject, everyMs: number): string[] {
  const ledger = readLedger(project);
  const runs = project.query<{ id: number; slot: number }>(
    "SELECT id, slot_id AS slot FROM run WHERE slot_id IS NOT NULL",
  );
  const slotsOf = new Map(runs.map(({ id, slot }) => [id, slot]));
  const fired = ledger.filter(({ status }) => ["fired", "late", "caught_up"].includes(status));
  const damage: string[] = [];
  for (const [index, line] of ledger.entries()) {
    const before = ledger[index - 1];
    const gapMs = before === undefined ? everyMs : line.dueAt - (before.untilAt ?? before.dueAt);
    if (gapMs !== everyMs) damage.push(`${gapMs} ms between slot ${before?.id} and slot ${line.id}`);
    const spanMs = (line.untilAt ?? line.dueAt) - line.dueAt;
    if (spanMs !== (line.count - 1) * everyMs) damage.push(`slot ${line.id} stands for ${line.count} in ${spanMs} ms`);
  }
  for (const { id, run } of fired) if (run === null || slotsOf.get(run) !== id) damage.push(`slot ${id} has no run`);
  if (runs.length !== fired.length) damage.push(`${runs.length} runs for ${fired.length} slots that were fired`);
  return damage;
}
