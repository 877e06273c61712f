import { expect, test } from "vitest";
import { workflow } from "../../src/definition/workflow.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import { ProgramShelf } from "../../src/library/program-shelf.ts";
import { getRows } from "../../src/store/rows.ts";
import { openTestStore } from "../support/open-test-store.ts";

/** One of many workflows that a program makes, with a name of its own or without. */
function createOne(number: number, name = "made") {
  const wf = workflow(name);
  wf.task(`step${number}`, () => number);
  return wf;
}

test("of workflows that are made for each run only so many plans are kept, and each is found again", async () => {
  const store = await openTestStore();
  const plans = new PlanCache(getRows(store), undefined, 31 * 100);
  const shelf = new ProgramShelf();
  const sizes: number[] = [];
  const ids: number[] = [];
  for (let number = 0; number < 250; number++) {
    const { definition } = shelf.keep(createOne(number));
    ids.push(store.transaction(() => plans.register(definition, 1)).definitionId);
    plans.confirmCommitted();
    sizes.push(plans.size);
  }
  expect(Math.max(...sizes)).toBe(100);
  const [first, last] = [ids[0] ?? 0, ids[249] ?? 0];
  expect([plans.get(first), plans.get(last)].map(({ spec }) => spec.tasks[0]?.id)).toEqual(["step0", "step249"]);
  const again = store.transaction(() => plans.register(shelf.keep(createOne(0)).definition, 1));
  expect(again.definitionId).toBe(first);
});

test("programs that are made for each run are found by their runs and their name once they are many", () => {
  const shelf = new ProgramShelf();
  const made = Array.from({ length: 1_500 }, (_, number) => shelf.keep(createOne(number)));
  const [first, newest] = [made[0], made[1_499]];
  if (first === undefined || newest === undefined) throw new Error("there are 1,500");
  shelf.bindRun("run-1", first.program);
  const found = [
    shelf.find(first.definition.hash, "made", "run-1"),
    shelf.find(first.definition.hash, "made"),
    shelf.find(made[600]?.definition.hash ?? "", "made"),
  ];
  expect(found).toEqual([first.program, newest.program, made[600]?.program]);
});
