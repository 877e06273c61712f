import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { DatabaseError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { ProgramShelf } from "../../src/library/program-shelf.ts";
import { SubmitQueue } from "../../src/library/submit-queue.ts";
import { systemChance } from "../../src/platform/chance.ts";
import { systemClock as clock } from "../../src/platform/clock.ts";
import { newUid } from "../../src/platform/uid.ts";
import { getRows } from "../../src/store/rows.ts";
import { createFaultyStore } from "../support/faulty-store.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startTestEngine } from "../support/test-engine.ts";

const FULL = new DatabaseError("database_full", "injected", {
  cause: new Database.SqliteError("SQLITE_FULL", "SQLITE_FULL"),
});

function createSubmission(name: string) {
  const wf = workflow(name);
  wf.task("only", () => 1);
  const { definition } = new ProgramShelf().keep(wf);
  return { definition, inputJson: "{}", mode: "detached" as const, cwd: "/" };
}

test("a workflow whose first submission was not recorded is recorded with the next one, and as itself", async () => {
  const opened = await openTestStore();
  let isFull = true;
  const store = createFaultyStore(() => (isFull ? { at: "commit", error: FULL } : undefined)).wrap(opened);
  const queue = new SubmitQueue(store, new PlanCache(getRows(store)), { clock, chance: systemChance, newUid });
  await expect(queue.submit(createSubmission("first"))).rejects.toThrow(FULL);
  expect(() => queue.submitNow(createSubmission("second"))).toThrow(FULL);
  isFull = false;
  const ids = [await queue.submit(createSubmission("second")), queue.submitNow(createSubmission("first"))];
  const { runs, definitions } = getRows(store);
  const names = ids.map((id) => definitions.get(runs.get(id).definitionId).spec.name);
  expect(names).toEqual(["second", "first"]);
});

test("of more queued runs than fit into memory the rest stays in the file until others have ended", async () => {
  const wf = workflow("three");
  const first = wf.task("first", () => 1);
  const second = wf.task("second", { after: [first] }, () => 2);
  wf.task("third", { after: [second] }, () => 3);
  const store = await openTestStore();
  const queue = new SubmitQueue(store, new PlanCache(getRows(store)), { clock, chance: systemChance, newUid });
  const { definition } = new ProgramShelf().keep(wf);
  const submission = { definition, inputJson: "{}", mode: "detached" as const, cwd: "/" };
  const ids = await Promise.all(Array.from({ length: 700 }, () => queue.submit(submission)));
  let most = 0;
  const count = store.sqlite.prepare("SELECT count(*) FROM run WHERE status = 'running'").pluck();
  const onTurn = (): void => {
    most = Math.max(most, count.get() as number);
  };
  const engine = await startTestEngine({ workflows: [wf], path: store.path, tasksMax: 900, onTurn });
  for (const id of ids) expect(await engine.reach(id)).toBe("succeeded");
  expect(most).toBeGreaterThanOrEqual(300);
  expect(most).toBeLessThanOrEqual(300 + 200); // it looks at 200 at once
});
