import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/definition/workflow.ts";
import { open } from "../../src/library/open.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { openForTest } from "../../src/testing.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** Notes the time that each of its runs stands for. */
function createHourly(seen: string[], input: unknown = { size: 2 }) {
  const wf = workflow("hourly", {
    input: z.object({ size: z.number().min(1), unit: z.string().default("MB") }),
    schedule: { cron: "0 * * * *", timezone: "Asia/Kolkata", input },
  });
  wf.task("note", (call) => {
    seen.push(`${call.scheduledAt} ${call.input.size}${call.input.unit}`);
  });
  return wf;
}

test("a program that works fires its schedules, with their inputs, and drains when it is aborted", async () => {
  const seen: string[] = [];
  const lockstep = await openForTest({ workflows: [createHourly(seen)] });
  const ending = new AbortController();
  const working = lockstep.work({ signal: ending.signal });
  await lockstep.advance("100m");
  expect(seen).toEqual(["2024-01-01T06:00:00+05:30 2MB", "2024-01-01T07:00:00+05:30 2MB"]);
  await expect(lockstep.work()).rejects.toThrow("work() is called already");
  ending.abort();
  await working;
  await lockstep.close();
});

test("an input that the schema refuses misses its slots, and says so in the ledger", async () => {
  const path = join(createTemporaryFolder(), "lockstep.db");
  const { openWith } = await import("../../src/library/open-engine.ts");
  const { createSimulatedClock } = await import("../../src/platform/simulated-clock.ts");
  const { createSeededChance } = await import("../../src/platform/chance.ts");
  const { newUid } = await import("../../src/platform/uid.ts");
  const clock = createSimulatedClock();
  const ambient = { clock, chance: createSeededChance(1), newUid };
  const { lockstep } = await openWith({ db: path, workflows: [createHourly([], { size: 0 })] }, ambient);
  const working = lockstep.work();
  const store = await openTestStore({ path });
  onTestFinished(() => store.close());
  const readSlots = () => store.sqlite.prepare("SELECT status, reason FROM slot").all();
  const { waitUntil } = await import("../support/wait-until.ts");
  await waitUntil(() => getScheduleRows(store).list().length > 0, "it is declared");
  await waitUntil(() => {
    clock.advance(60_000);
    return readSlots().length > 0;
  }, "a slot was due");
  expect(readSlots()).toEqual([{ status: "missed", reason: "bad_input" }]);
  await lockstep.close();
  await expect(working).resolves.toBeUndefined();
});

test("close ends the work, a program that only decides refuses it, and a wrong rule is refused where it is declared", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const lockstep = await open({ db, workflows: [createHourly([])] });
  const working = lockstep.work();
  const deciding = await open({ db, execute: false });
  await expect(deciding.work()).rejects.toThrow("this was opened with execute: false");
  await deciding.close();
  await lockstep.close();
  await working;
  const declare = () => workflow("wrong", { schedule: { cron: "61 * * * *" } });
  expect(declare).toThrow(/schedule\.cron: expected a cron pattern such as/);
});

test("a run of a program's schedule has no file, so that no command loads the program", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const wf = workflow("tick", { schedule: { cron: "* * * * * *", overlap: "allow" } });
  const done = Promise.withResolvers<void>();
  wf.task("one", () => done.resolve());
  const lockstep = await open({ db, workflows: [wf] });
  const working = lockstep.work();
  await done.promise;
  await lockstep.close();
  await working;
  const store = await openTestStore({ path: db });
  onTestFinished(() => store.close());
  const [run] = store.sqlite.prepare("SELECT file, cwd, mode FROM run").all();
  expect(run).toEqual({ file: null, cwd: process.cwd(), mode: "detached" });
});
