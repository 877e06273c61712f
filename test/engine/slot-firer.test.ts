import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ScheduleSpec } from "../../src/core/workflow-spec.ts";
import { decide } from "../../src/engine/decide.ts";
import type { Zones } from "../../src/engine/register-workflow.ts";
import { SlotFirer } from "../../src/engine/slot-firer.ts";
import { newUid } from "../../src/platform/uid.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { type Firer, HOUR_MS, openFirer, START_AT } from "../support/slot-firer.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const YEAR_MS = 365 * 24 * HOUR_MS;

/** A slot firer on a database with these schedules, whose clock the test sets. */
async function createLooker(specs: readonly Omit<ScheduleSpec, "name">[]) {
  const path = join(createTemporaryFolder(), "state", "lockstep.db");
  const parts = await openFirer(path);
  parts.register(specs.map((spec, index) => ({ name: `s${index}`, ...spec })));
  const time = { now: START_AT };
  const zones: { now: Zones } = { now: { localZone: "UTC" } };
  const logged: string[] = [];
  const create = () =>
    new SlotFirer({
      ...{ store: parts.store, newUid, control: parts.control, machine: undefined, serves: () => true },
      clock: { now: () => time.now, schedule: () => () => {} },
      readZones: () => zones.now,
      onQueued: () => {},
      log: (event) => void logged.push(event),
    });
  const firer = create();
  for (const index of specs.keys()) firer.setInput("nightly", `s${index}`, "{}");
  const lookAt = async (at: number): Promise<void> => {
    time.now = at;
    await firer.look();
  };
  return { path, parts, firer, lookAt, zones, logged };
}

const listStates = ({ listLedger }: Firer, id = 1) =>
  listLedger(id).map(({ status, reason }) => (reason === null ? status : `${status} ${reason}`));

/** How often somebody has committed to the file meanwhile. */
async function countCommits(path: string, work: () => Promise<void>): Promise<number> {
  const store = await openTestStore({ path });
  onTestFinished(() => store.close());
  const before = store.dataVersion();
  await work();
  return store.dataVersion() - before;
}

test("looks that find nothing due write nothing; 50 cursors that lie behind move in one commit", async () => {
  const looker = await createLooker(Array.from({ length: 50 }, () => ({ cron: "0 0 1 6 *" })));
  await looker.lookAt(START_AT);
  const idle = await countCommits(looker.path, async () => {
    for (let second = 1; second < 3_000; second++) await looker.lookAt(START_AT + second * 1_000);
  });
  expect(idle).toBe(0);
  expect(await countCommits(looker.path, () => looker.lookAt(START_AT + 1.5 * HOUR_MS))).toBe(1);
  expect(looker.parts.schedules.list().every(({ cursorAt }) => cursorAt === START_AT + 1.5 * HOUR_MS)).toBe(true);
});

test("a slot that is held writes nothing at each look, and is fired once its predecessor has ended", async () => {
  const { parts, lookAt, path } = await createLooker([{ cron: "0 * * * *", overlap: "queue" }]);
  for (const hours of [1, 2]) await lookAt(START_AT + hours * HOUR_MS);
  expect(listStates(parts)).toEqual(["fired", "pending queue"]);
  const looks = async () => {
    for (let second = 1; second < 100; second++) await lookAt(START_AT + 2 * HOUR_MS + second * 1_000);
  };
  expect(await countCommits(path, looks)).toBe(0);
  parts.endRun(1);
  await lookAt(START_AT + 2.1 * HOUR_MS);
  expect(listStates(parts)).toEqual(["fired", "late"]);
});

test("a slot that waits is missed, with its reason, where it could be started and its file or its input is bad", async () => {
  for (const reason of ["broken_file", "bad_input"] as const) {
    const { parts, lookAt, firer } = await createLooker([{ cron: "0 * * * *", overlap: "queue" }]);
    for (const hours of [1, 2]) await lookAt(START_AT + hours * HOUR_MS);
    if (reason === "bad_input") firer.setInput("nightly", "s0", undefined);
    else parts.inTransaction(() => parts.schedules.saveFileError("/w/nightly.ts", '{"message":"no"}', START_AT));
    await lookAt(START_AT + 2.1 * HOUR_MS);
    expect(listStates(parts)).toEqual(["fired", "pending queue"]);
    parts.endRun(1);
    await lookAt(START_AT + 2.2 * HOUR_MS);
    expect(listStates(parts)).toEqual(["fired", `missed ${reason}`]);
  }
});

const readAsks = ({ store }: Firer) =>
  store.sqlite
    .prepare<[], { number: number; hash: string; status: string; message: string }>(
      "SELECT number, hash, status, message FROM checkpoint ORDER BY id",
    )
    .all();

function answer(parts: Firer, decision: "approve" | "reject"): void {
  const [asked] = readAsks(parts);
  if (asked === undefined) throw new Error("nothing was asked");
  parts.inTransaction(() =>
    decide(
      { rows: parts.rows, plans: parts.plans, now: () => START_AT },
      {
        ...{ run: null, number: asked.number, seenHash: asked.hash, via: "cli" },
        decision: decision === "approve" ? { decision } : { decision, reason: "the clock is wrong" },
        by: { kind: "person", name: "ada" },
      },
    ),
  );
}

test("a clock that is more than a year ahead holds all schedules and asks once; approving lets them go on", async () => {
  const { parts, lookAt, logged } = await createLooker([{ cron: "0 * * * *" }, { cron: "30 * * * *" }]);
  await lookAt(START_AT);
  const at = START_AT + 2 * YEAR_MS;
  for (const later of [0, 1_000, 2_000]) await lookAt(at + later);
  expect(listStates(parts)).toEqual([]);
  expect(readAsks(parts)).toMatchObject([
    {
      status: "open",
      message: expect.stringMatching(
        /^The clock says 2028-01-01T00:00:30\.000Z, 730 days after the last look .* 2 schedules are held/,
      ),
    },
  ]);
  expect(logged.filter((event) => event === "clock.held")).toHaveLength(1);
  answer(parts, "approve");
  await lookAt(at + 3_000);
  expect([1, 2].map((id) => listStates(parts, id)[0])).toEqual(["missed beyond_window", "missed beyond_window"]);
  expect(parts.schedules.list().every(({ cursorAt }) => cursorAt === at + 3_000)).toBe(true);
  const before = listStates(parts).length;
  await lookAt(at + HOUR_MS);
  expect(listStates(parts)).toHaveLength(before + 1);
  expect(readAsks(parts)).toHaveLength(1);
});

test("who says that the clock is wrong is not asked again; a clock that is put right withdraws the question", async () => {
  const rejected = await createLooker([{ cron: "0 * * * *" }]);
  await rejected.lookAt(START_AT);
  await rejected.lookAt(START_AT + 2 * YEAR_MS);
  answer(rejected.parts, "reject");
  for (const later of [1_000, 2_000]) await rejected.lookAt(START_AT + 2 * YEAR_MS + later);
  expect(listStates(rejected.parts)).toEqual([]);
  expect(readAsks(rejected.parts)).toHaveLength(1);
  const repaired = await createLooker([{ cron: "0 * * * *" }]);
  await repaired.lookAt(START_AT + 2 * YEAR_MS);
  await repaired.lookAt(START_AT + HOUR_MS);
  expect(readAsks(repaired.parts)).toMatchObject([{ status: "void" }]);
  expect(listStates(repaired.parts)).toEqual(["fired"]);
});

test("local is what the machine says at each look; a change is an event, and moves the next slot", async () => {
  const { parts, lookAt, zones, logged } = await createLooker([
    { cron: "0 3 * * *" },
    { cron: "0 3 * * *", timezone: "local" },
    { cron: "0 3 * * *", timezone: "Europe/Paris" },
  ]);
  await lookAt(START_AT);
  zones.now = { localZone: "Asia/Tokyo", defaultZone: "UTC" };
  await lookAt(START_AT + 1_000);
  expect(parts.schedules.list().map(({ timezone, nextAt }) => [timezone, new Date(nextAt ?? 0).toISOString()])).toEqual(
    [
      ["UTC", "2026-01-01T03:00:00.000Z"],
      ["Asia/Tokyo", "2026-01-01T18:00:00.000Z"],
      ["Europe/Paris", "2026-01-01T02:00:00.000Z"],
    ],
  );
  expect(logged).toEqual(["zone.changed"]);
  const events = parts.store.sqlite.prepare<[], string>("SELECT data FROM event").pluck().all();
  expect(events.map((data) => JSON.parse(data))).toEqual([
    [{ kind: "schedule.zone_changed", data: { workflow: "nightly", schedule: "s1", from: "UTC", to: "Asia/Tokyo" } }],
  ]);
});

test("a rule that is edited moves the next slot at once, and one that has ended is not looked at again", async () => {
  const { parts, lookAt, path } = await createLooker([{ cron: "0 0 1 1 *", until: "2026-01-01T00:00" }]);
  expect(parts.schedules.find(1)?.nextAt).toBeNull();
  const looks = async () => {
    for (let second = 1; second < 50; second++) await lookAt(START_AT + second * 1_000);
  };
  await lookAt(START_AT);
  expect(await countCommits(path, looks)).toBe(0);
  parts.register([{ name: "s0", cron: "*/5 * * * *" }], START_AT + 60_000);
  await lookAt(START_AT + 4.5 * 60_000);
  expect(listStates(parts)).toEqual(["fired"]);
});

test("a schedule that cannot be read holds up no other, and is told once", async () => {
  const rule = { cron: "0 * * * *", timezone: "Europe/Paris" };
  const { parts, lookAt, logged } = await createLooker([rule, rule, { ...rule, cron: "0 0 1 6 *" }]);
  parts.store.sqlite.exec("UPDATE schedule SET timezone = 'Mars/Olympus' WHERE id <> 2");
  for (const hours of [1, 1.1, 1.2]) await lookAt(START_AT + hours * HOUR_MS);
  expect(listStates(parts, 2)).toEqual(["fired"]);
  expect(logged.filter((event) => event === "schedule.invalid")).toHaveLength(2);
});

test("a schedule that was mended goes on as any other, though nothing of it is due for months", async () => {
  const { parts, lookAt, logged } = await createLooker([{ cron: "0 0 1 6 *", timezone: "Europe/Paris" }]);
  const readCursor = () => parts.store.sqlite.prepare("SELECT cursor_at FROM schedule").pluck().get();
  const countTold = () => logged.filter((event) => event === "schedule.invalid").length;
  parts.store.sqlite.exec("UPDATE schedule SET timezone = 'Mars/Olympus'");
  await lookAt(START_AT + 2 * HOUR_MS);
  parts.store.sqlite.exec("UPDATE schedule SET timezone = 'Europe/Paris'");
  await lookAt(START_AT + 4 * HOUR_MS);
  expect([readCursor(), countTold()]).toEqual([START_AT + 4 * HOUR_MS, 1]);
  parts.store.sqlite.exec("UPDATE schedule SET timezone = 'Venus/Maat'");
  await lookAt(START_AT + 6 * HOUR_MS);
  expect(countTold()).toBe(2);
});
