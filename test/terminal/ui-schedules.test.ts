import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { insertWaitingRun } from "../support/ui-database.ts";
import { insertSchedule, insertSlot } from "../support/ui-schedules.ts";

const DAY_MS = 86_400_000;
const BACKUP = createSpec("nightly-backup", { dump: [], prune: ["dump"] });
const MODULE = `
import { workflow } from "lockstep";
const wf = workflow("nightly-backup", { schedule: { cron: "30 2 * * *", timezone: "Europe/Paris" } });
const dump = wf.task("dump", () => 1);
wf.task("prune", { needs: { dump } }, () => 2);
export default wf;
`;

/** A schedule with a slot that succeeded, one that was skipped, one that was missed, and one whose run waits. */
async function open(): Promise<{ store: Store; schedule: number; waiting: number; screen: Screen }> {
  const folder = createTemporaryFolder();
  const file = join(folder, "nightly-backup.ts");
  writeFileSync(file, MODULE);
  const store = await openTestStore();
  const done = insertRunRows(store, BACKUP, { status: "succeeded", mode: "detached" });
  const waiting = insertWaitingRun(store, BACKUP, { message: "Delete 12 old files?" });
  const at = Date.UTC(2026, 10, 24, 1, 30);
  const nextAt = Date.now() + DAY_MS;
  const schedule = insertSchedule(store, {
    ...{ workflow: "nightly-backup", cron: "30 2 * * *", zone: "Europe/Paris", nextAt, file },
  });
  insertSlot(store, schedule, at - 3 * DAY_MS, "fired", done);
  insertSlot(store, schedule, at - 2 * DAY_MS, "skipped");
  insertSlot(store, schedule, at - DAY_MS, "missed");
  insertSlot(store, schedule, at, "fired", waiting);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Delete 12 old files?");
  return { store, schedule, waiting, screen };
}

test("the schedules: when each is due, what became of its last slots, and what holds it", async () => {
  const { waiting, screen } = await open();
  expect(screen.lines()[0]).toContain("no engine");
  await screen.press("3");
  await screen.waitFor(
    new RegExp(`› nightly-backup {2}30 2 \\* \\* \\* {2}Europe/Paris .*\\d\\d:\\d\\d +✓sM‖ +held: ${waiting}\\.1`),
  );
  await screen.press("o");
  await screen.waitFor("APPROVE");
  await screen.press("esc");
  await screen.waitFor("LAST 10");
  await screen.press("enter");
  await screen.waitFor(new RegExp(`› Tue 2026-11-24 02:30 +fired +#${waiting} +waiting`));
  expect(screen.text()).toMatch(/Sun 2026-11-22 02:30 +skipped/);
  await screen.press("j");
  await screen.waitFor(/› Mon 2026-11-23 02:30 +missed/);
  await screen.press("enter");
  await screen.waitFor("No run was started for it");
  await screen.press("k");
  await screen.waitFor(/› Tue/);
  await screen.press("enter");
  await screen.waitFor(`#${waiting} nightly-backup`);
  await screen.waitFor(/slot Tue 02:30 CET fired \+/);
});

test("p pauses for a time, and resumes", async () => {
  const { store, schedule, screen } = await open();
  await screen.press("3");
  await screen.waitFor("LAST 10");
  await screen.press("p");
  await screen.waitFor("Pause nightly-backup until");
  screen.type("yesterday\r");
  await screen.waitFor("yesterday_");
  screen.type("\r");
  await screen.waitFor("--until: expected");
  await screen.press("p");
  await screen.waitFor("Pause nightly-backup until");
  screen.type("2h");
  await screen.waitFor("2h_");
  screen.type("\r");
  await screen.waitFor("nightly-backup is paused until");
  await screen.waitFor(/paused to /);
  expect(getScheduleRows(store).find(schedule)?.pausedUntilAt).toBeGreaterThan(Date.now());
  await screen.press("p");
  await screen.waitFor("Resume nightly-backup? Enter: yes");
  await screen.press("enter");
  await screen.waitFor("is resumed");
  await screen.waitFor(/held: /);
});

test("T starts a run now, beside the ledger", async () => {
  const { store, waiting, screen } = await open();
  await screen.press("3");
  await screen.waitFor("LAST 10");
  await screen.press("T");
  await screen.waitFor("Start a run of nightly-backup now");
  screen.type("\x1b");
  await screen.waitFor((text) => !text.includes("Start a run"));
  await screen.press("T");
  await screen.waitFor("Start a run of nightly-backup now");
  await screen.press("enter");
  await screen.waitFor(`#${waiting + 1} nightly-backup is queued. No daemon runs`);
  expect(getRows(store).runs.get(waiting + 1)).toMatchObject({ status: "queued", mode: "detached" });
});

test("b runs slots that never ran, once it was said how many", async () => {
  const { store, waiting, screen } = await open();
  await screen.press("3");
  await screen.waitFor("LAST 10");
  await screen.press("b");
  await screen.waitFor("Backfill nightly-backup from");
  screen.type("2026-11-20");
  await screen.waitFor("2026-11-20_");
  screen.type("\r");
  await screen.waitFor("from 2026-11-20 to");
  screen.type("2026-11-23");
  await screen.waitFor("2026-11-23_");
  screen.type("\r");
  await screen.waitFor("would start 2 runs; 2 were in the ledger already? Enter: yes");
  expect(getRows(store).runs.find(waiting + 1)).toBeUndefined();
  await screen.press("enter");
  await screen.waitFor("nightly-backup: started 2 runs");
  expect(getRows(store).runs.get(waiting + 2).status).toBe("queued");
  await screen.waitFor(/▸✓sM?▸?‖|▸✓s▸‖/);
});

test("--read-only shows schedules and does nothing with them", async () => {
  const { store, screen } = await open();
  const other = openScreen(["ui", "--db", store.path, "--read-only"]);
  screen.kill();
  await other.waitFor("read-only");
  await other.press("3");
  await other.waitFor("LAST 10");
  for (const key of ["T", "p", "b"]) {
    await other.press(key);
    await other.waitFor("It was opened with --read-only");
    await other.press("down");
    await other.waitFor((text) => !text.includes("It was opened with"));
  }
});

test("the workflows: what is loaded, what was ever run, and what is broken", async () => {
  const { store, waiting, screen } = await open();
  insertRunRows(store, createSpec("import", { read: [] }), { status: "failed" });
  await screen.press("4");
  await screen.waitFor(/› import +1 +- +#3 +failed/);
  await screen.waitFor(new RegExp(`nightly-backup +2 +1 +#${waiting} +waiting`));
  const { file } = getScheduleRows(store).findWorkflow("nightly-backup") ?? { file: "" };
  store.transaction(() =>
    getScheduleRows(store).saveFileError(file, JSON.stringify({ message: "line 3: what?" }), Date.now()),
  );
  await screen.waitFor("BROKEN");
  await screen.press("j");
  await screen.waitFor("cannot be loaded: line 3: what?");
  await screen.press("enter");
  await screen.waitFor(`#${waiting} nightly-backup`);
  await screen.press("esc");
  await screen.waitFor("SCHEDULES");
  await screen.press("tab");
  await screen.waitFor("QUESTION");
});
