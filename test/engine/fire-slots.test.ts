import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ScheduleSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { createDefinitionValue } from "../../src/engine/definition-value.ts";
import { type FireResult, fireSlots } from "../../src/engine/fire-slots.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { registerWorkflow } from "../../src/engine/register-workflow.ts";
import { createRunControl } from "../../src/engine/run-control.ts";
import { createSeededChance } from "../../src/platform/chance.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { newUid } from "../../src/platform/uid.ts";
import { ProgramShelf } from "../../src/program-shelf.ts";
import { listSlots } from "../../src/schedule/list-slots.ts";
import { createScheduleRule, parseSchedulePolicy } from "../../src/schedule/schedule-policy.ts";
import { openStore } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const START_AT = Date.UTC(2026, 0, 1, 0, 0, 30);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface LedgerRow {
  readonly id: number;
  readonly dueAt: number;
  readonly untilAt: number | null;
  readonly count: number;
  readonly status: string;
  readonly reason: string | null;
  readonly runId: number | null;
}

function createSpec(schedules: readonly ScheduleSpec[]): WorkflowSpec {
  const wf = workflow("nightly");
  wf.task("only", () => 1);
  const { spec } = new ProgramShelf().keep(wf).definition;
  return { ...spec, schedules };
}

/** What an engine needs to fire slots, on a connection of its own; its clock is the caller's. */
async function openFirer(path: string) {
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
    ...{ store, schedules, control, inTransaction, fire },
    register: (specs: readonly ScheduleSpec[], at = START_AT) =>
      inTransaction(() =>
        registerWorkflow(
          { rows, schedules, plans, localZone: "UTC" },
          {
            definition: createDefinitionValue(createSpec(specs)),
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

async function openOne(spec: Omit<ScheduleSpec, "name">) {
  const firer = await openFirer(join(createTemporaryFolder(), "state", "lockstep.db"));
  firer.register([{ name: "nightly", ...spec }]);
  return firer;
}

test("a due slot is fired once, whoever looks and how often", async () => {
  const path = join(createTemporaryFolder(), "state", "lockstep.db");
  const [one, other] = [await openFirer(path), await openFirer(path)];
  one.register([{ name: "nightly", cron: "0 * * * *" }]);
  const at = START_AT + HOUR_MS;
  expect(one.fire(at).started).toHaveLength(1);
  expect(other.fire(at).started).toEqual([]);
  expect(one.fire(at + 1_000).started).toEqual([]);
  expect(one.listLedger()).toMatchObject([{ status: "fired", runId: 1 }]);
});

test("a slot beside a run that is not finished is skipped, with the reason", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  expect(firer.listLedger().map(({ status, reason }) => [status, reason])).toEqual([
    ["fired", null],
    ["skipped", "overlap"],
  ]);
});

test("of slots that queue, the newest is kept and starts when the run before it has ended", async () => {
  const firer = await openOne({ cron: "0 * * * *", overlap: "queue" });
  for (const hours of [1, 2, 3]) firer.fire(START_AT + hours * HOUR_MS);
  expect(firer.listLedger().map(({ status, reason }) => [status, reason])).toEqual([
    ["fired", null],
    ["skipped", "superseded"],
    ["pending", "queue"],
  ]);
  firer.endRun(1);
  expect(firer.fire(START_AT + 3 * HOUR_MS + 5_000).started).toEqual([2]);
  expect(firer.listLedger()[2]).toMatchObject({ status: "fired", runId: 2 });
});

test("a slot that cancels waits until its predecessor is dead", async () => {
  const firer = await openOne({ cron: "0 * * * *", overlap: "cancel" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  expect(firer.fire(START_AT + 2 * HOUR_MS + 1_000).started).toEqual([2]);
  expect(firer.listLedger().map(({ status }) => status)).toEqual(["fired", "fired"]);
});

test("slots of a paused schedule are skipped, and the pause ends by itself", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.inTransaction(() => firer.schedules.pauseUntil(1, START_AT + 2.5 * HOUR_MS));
  firer.fire(START_AT + 3 * HOUR_MS);
  expect(firer.listLedger()).toMatchObject([
    { status: "skipped", reason: "paused", count: 2 },
    { status: "fired", runId: 1 },
  ]);
  expect(firer.schedules.find(1)?.pausedUntilAt).toBeNull();
});

test("a schedule that the file no longer has is removed, and its slots up to then are skipped", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.register([], START_AT + 1.5 * HOUR_MS);
  firer.fire(START_AT + 9 * HOUR_MS);
  expect(firer.listLedger()).toMatchObject([{ status: "skipped", reason: "removed", count: 1 }]);
});

test("a broken file misses its slots, with the reason", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.inTransaction(() => firer.schedules.setFileError("/w/nightly.ts", "{}"));
  expect(firer.fire(START_AT + HOUR_MS).started).toEqual([]);
  expect(firer.listLedger()).toMatchObject([{ status: "missed", reason: "broken_file" }]);
});

test("a clock that is set back fires nothing again, and what it had not fired is due again", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  firer.fire(START_AT + HOUR_MS);
  firer.fire(START_AT + 2 * HOUR_MS);
  firer.fire(START_AT + 0.5 * HOUR_MS);
  expect(firer.listLedger().map(({ status }) => status)).toEqual(["fired", "void"]);
  firer.endRun(1);
  expect(firer.fire(START_AT + HOUR_MS).started).toEqual([]);
  expect(firer.fire(START_AT + 2 * HOUR_MS).started).toEqual([2]);
});

test("a clock that is more than a year ahead is held", async () => {
  const firer = await openOne({ cron: "0 * * * *" });
  expect(firer.fire(START_AT + 400 * 24 * HOUR_MS)).toMatchObject({ isHeld: true, started: [] });
  expect(firer.listLedger()).toEqual([]);
});

const POLICIES: readonly Omit<ScheduleSpec, "name">[] = [
  { cron: "*/40 * * * *", overlap: "allow" },
  { cron: "30 2 * * *", timezone: "Europe/Paris", overlap: "queue" },
  { cron: "0,30 2 * * *", timezone: "America/New_York", overlap: "cancel", catchup: "all" },
  { cron: "0 * * * *", jitterMs: 10 * MINUTE_MS, overlap: "skip", catchup: "none" },
];

for (const [seed, spec] of POLICIES.entries()) {
  test(`over half a year of crashes every slot of ${spec.cron} is in the ledger exactly once (seed ${seed})`, async () => {
    const chance = createSeededChance(seed + 1);
    const path = join(createTemporaryFolder(), "state", "lockstep.db");
    const engines = [await openFirer(path), await openFirer(path)] as const;
    engines[0].register([{ name: "nightly", ...spec }]);
    let at = START_AT;
    const endAt = START_AT + 182 * 24 * HOUR_MS;
    while (at < endAt) {
      const isSleep = chance() < 0.02;
      at += Math.ceil(chance() * (isSleep ? 60 * HOUR_MS : 2 * HOUR_MS));
      const engine = engines[chance() < 0.5 ? 0 : 1];
      if (isSleep) engine.restart(at);
      if (chance() < 0.2) expect(() => engine.fire(at, 1, true)).toThrow("crash");
      else while (engine.fire(at).hasMore);
      for (const { id } of engine.schedules.listOpenRuns(1)) if (chance() < 0.5) engine.endRun(id);
    }
    while (engines[0].fire(at).hasMore);
    expectWholeLedger(engines[0], at);
  });
}

type Firer = Awaited<ReturnType<typeof openFirer>>;

function expectWholeLedger({ listLedger, schedules, store }: Firer, at: number): void {
  const ledger = listLedger();
  const row = schedules.find(1);
  if (row === undefined) throw new Error("the schedule is gone");
  const rule = createScheduleRule(row.cron, row.timezone, parseSchedulePolicy(row.policyJson));
  const due = listSlots(rule, START_AT, at, 1_000_000);
  expect(due.length).toBeGreaterThan(100);
  const covering = due.map(({ dueAt }) =>
    ledger.filter((each) => each.dueAt <= dueAt && dueAt <= (each.untilAt ?? each.dueAt)),
  );
  expect(covering.filter((rows) => rows.length !== 1)).toEqual([]);
  expect(ledger.reduce((sum, { count }) => sum + count, 0)).toBe(due.reduce((sum, { count }) => sum + count, 0));
  const fired = ledger.filter(({ status }) => ["fired", "late", "caught_up"].includes(status));
  const runs = store.sqlite.prepare<[], number>("SELECT slot_id FROM run ORDER BY slot_id").pluck().all();
  expect(runs).toEqual(fired.map(({ id }) => id).sort((a, b) => a - b));
  expect(ledger.filter(({ runId }) => runId !== null)).toHaveLength(fired.length);
}
