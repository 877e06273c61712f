import { join } from "node:path";
import { expect, test } from "vitest";
import { open, workflow } from "../../src/index.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

test("a process with execute: false queues runs and executes none; another one does, and both see the result", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  let executed = 0;
  const wf = workflow("elsewhere");
  wf.task("one", () => {
    executed += 1;
    return 7;
  });
  await using submitter = await open({ db, workflows: [wf], execute: false });
  const run = submitter.start(wf, undefined);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect(run.status()).toBe("queued");
  expect(executed).toBe(0);
  await using executor = await open({ db, workflows: [wf] });
  expect(await run.result({ timeout: "20s" })).toBe(7);
  expect(await executor.handle(run.id).result()).toBe(7);
  expect(executed).toBe(1);
});

test("runs that are queued at once are all queued, but for the one that is refused", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const wf = workflow("many");
  wf.task("double", ({ input }) => Number(input) * 2);
  await using submitter = await open({ db, execute: false });
  await using executor = await open({ db, workflows: [wf] });
  const results = await Promise.allSettled([
    submitter.run(wf, 1, { key: "k" }),
    submitter.run(wf, 2, { key: "k" }),
    submitter.run(wf, 1, { key: "k" }),
    ...Array.from({ length: 600 }, (_, index) => submitter.run(wf, index)),
  ]);
  expect(results.slice(0, 3).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: { code: "key_conflict" } });
  expect(results.slice(3)).toEqual(
    Array.from({ length: 600 }, (_, index) => ({ status: "fulfilled", value: index * 2 })),
  );
  expect(executor.handle("601").status()).toBe("succeeded");
});
