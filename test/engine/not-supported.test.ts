import { expect, test } from "vitest";
import { workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";

test("a task that uses a resource is refused before anything is started", async () => {
  const wf = workflow("heavy", { resources: { ram: { capacity: 8_000 } } });
  wf.task("load", { uses: { ram: 100 } }, () => 1);
  await using lockstep = await openForTest({ workflows: [wf] });
  await expect(lockstep.run(wf, undefined)).rejects.toThrow(/"load" uses resources.*Nothing was started/);
});
