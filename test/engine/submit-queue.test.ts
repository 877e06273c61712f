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
