import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { createDaemonProject, type DaemonProject } from "../support/daemon-project.ts";
import { openTestStore } from "../support/open-test-store.ts";

const YAML = `name: load
input: { size: { type: integer, default: 3 } }
schedule: { cron: "0 3 * * *", timezone: Europe/Paris, overlap: allow }
tasks: { one: { run: echo hi } }
`;
const DAY_MS = 86_400_000;

/** A project whose workflow was loaded by a daemon that has ended. */
async function createLoaded(): Promise<DaemonProject> {
  const project = createDaemonProject({ "load.yaml": YAML });
  expect(await project.start("--once").ended).toMatchObject({ exitCode: 0 });
  return project;
}

const toDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

test("schedules are listed, paused until a time and resumed, with events", async () => {
  const project = await createLoaded();
  const [line] = (await project.call("schedules", "--json")).json();
  expect(line).toMatchObject({
    ...{ workflow: "load", schedule: "load", state: "on", reason: null, run: null, paused: false, last: [] },
    ...{ cron: "0 3 * * *", timezone: "Europe/Paris", at: expect.stringMatching(/T0[12]:00:00\.000Z$/) },
  });
  expect((await project.call("schedules")).out).toMatch(
    /^SCHEDULE {2}CRON {7}ZONE {10}NEXT {14}LAST 10 {2}STATE\nload {6}0 3 \* \* \* {2}Europe\/Paris {2}\d{4}-\d\d-\d\d 03:00 {2}- {8}on\n$/,
  );
  const until = toDay(Date.now() + 10 * DAY_MS);
  const paused = await project.call("schedules", "pause", "load", "--until", until);
  expect(paused.out).toMatch(
    new RegExp(
      `^load is paused until ${until} 00:00 \\+0[12]:00; its slots are skipped. Next: ${until} 03:00 \\+0[12]:00\n$`,
    ),
  );
  expect((await project.call("schedules", "--json")).json()[0]).toMatchObject({ state: "paused", paused: true });
  expect((await project.call("schedules")).out).toContain(`paused until ${until} 00:00`);
  expect((await project.call("schedules", "resume", "load")).out).toMatch(/^load is resumed; slots of the pause stay/);
  expect((await project.call("schedules", "resume", "load")).out).toMatch(/^load was not paused; nothing was done/);
  const kinds = (await project.call("events")).out.match(/schedule\.\w+/g);
  expect(kinds).toEqual(["schedule.paused", "schedule.resumed"]);
});

test("without a database nothing is changed, and none is made", async () => {
  const project = createDaemonProject({});
  for (const argv of [
    ["stop"],
    ["schedules", "pause", "x"],
    ["backfill", "x", "--from", "2026-01-01", "--to", "2026-01-02"],
  ]) {
    const { exitCode, error } = await project.call(...argv);
    expect(exitCode).toBe(4);
    expect(error).toMatch(/^There is no database at \.lockstep\/lockstep\.db: nothing runs/);
  }
  expect(readdirSync(join(project.folder, ".lockstep"))).toEqual([]);
});

test("a name that no schedule has is refused with what is meant, and the file that was read", async () => {
  const project = await createLoaded();
  expect(await project.call("slots", "laod")).toMatchObject({
    exitCode: 4,
    error: expect.stringMatching(/^No schedule "laod" in \.lockstep\/lockstep\.db\. Did you mean "load"\?/),
  });
  expect((await project.call("schedules", "stop", "load")).error).toMatch(/expected .*pause.*, found "stop"/);
  expect((await project.call("schedules", "pause")).error).toMatch(/expected the name of a schedule, found none/);
  const over = await project.call("schedules", "pause", "load", "--until", "2020-01-01");
  expect(over.error).toMatch(/^--until: expected a time to come, found 2020-01-01, which is over/);
});

test("a backfill is planned, done once, and shown in the ledger with its runs and their times", async () => {
  const project = await createLoaded();
  const [from, to] = [toDay(Date.now() - 5 * DAY_MS), toDay(Date.now() - 3 * DAY_MS)];
  const planned = await project.call("backfill", "load", "--from", from, "--to", to, "--dry-run");
  expect(planned.out.split("\n").slice(0, 2)).toEqual(["load: would start 3 runs", `  ${from} 03:00`]);
  expect((await project.call("slots", "load")).out).toMatch(/\nNo slot was due yet\.\n$/);
  const done = await project.call("backfill", "load", "--from", from, "--to", to);
  expect(done.out).toMatch(/^load: started 3 runs\n {2}\S+ 03:00 {2}#1\n/);
  expect(done.out).toMatch(/No daemon runs\. They start when one does: lockstep daemon --workflows DIR\n$/);
  const again = (await project.call("backfill", "load", "--from", from, "--to", to, "--json")).json();
  expect(again).toMatchObject({ workflow: "load", schedule: "load", present: 3, slots: [] });
  const slots = (await project.call("slots", "load", "--json")).json();
  expect(slots.map(({ state, run }: { state: string; run: number }) => [state, run])).toEqual([
    ["caught_up", 3],
    ["caught_up", 2],
    ["caught_up", 1],
  ]);
  expect((await project.call("slots", "load", "--limit", "1")).out).toMatch(/caught up {2}#3 queued\n$/);
  expect(project.query("SELECT input, scheduled_at AS at FROM run WHERE id = 1")).toEqual([
    { input: '{"size":3}', at: expect.stringMatching(new RegExp(`^${from}T03:00:00\\+0[12]:00$`)) },
  ]);
  await project.start("--once").ended;
  expect(project.query("SELECT DISTINCT status FROM run")).toEqual([{ status: "succeeded" }]);
});

test("names of others cannot control the terminal", async () => {
  const project = await createLoaded();
  const store = await openTestStore({ path: `${project.folder}/.lockstep/lockstep.db` });
  store.transaction(() => {
    const rows = getScheduleRows(store);
    const row = { workflow: "w\x1b[2J", name: "n\u202e", cron: "* * * * *\x07", timezone: "UTC", policyJson: "{}" };
    rows.upsert({ ...row, cursorAt: Date.now(), nextAt: null });
    rows.saveFileError("/f\x1b]52;c;x\x07", '{"message":"bad\\u001b[31m"}', 1);
    getRows(store).events.insert(null, [{ kind: "schedule.paused" }], 1);
  });
  store.close();
  for (const argv of [["schedules"], ["status"], ["schedules", "--json"], ["status", "--json"], ["slots", "n\u202e"]]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    expect((await project.call(...argv)).out).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  }
});
