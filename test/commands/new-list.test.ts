import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProject } from "../support/command-project.ts";

/** A list that is another one each time it is worked out; each of its items fails at the first list. */
const WORKFLOW = `
import { appendFileSync, readFileSync } from "node:fs";
import { workflow } from "lockstep";
const times = import.meta.dirname + "/times";
const wf = workflow("lists");
const list = wf.task("list", () => {
  appendFileSync(times, "x");
  return readFileSync(times, "utf8").length === 1 ? [1, 2, 3, 4, 5] : [6, 7];
});
wf.map("each", { over: list }, ({ item, idempotencyKey }) => {
  appendFileSync(import.meta.dirname + "/keys", idempotencyKey.split(":").slice(2).join(":") + " ");
  if (item <= 5) throw new Error("no " + item);
  return item;
});
export default wf;
`;

test("instances of a list that was given up count nowhere: not in runs, show, why, nor in the result", async () => {
  const { folder, call } = await createProject();
  writeFileSync(join(folder, "lists.ts"), WORKFLOW);
  expect((await call("run", "lists.ts")).exitCode).toBe(1);
  expect((await call("runs", "--json")).json()).toMatchObject([{ status: "failed" }]);
  const retried = await call("retry", "1", "--from", "list");
  expect(retried).toMatchObject({ exitCode: 0, out: expect.stringContaining("result   [6,7]") });
  expect(retried.error).toContain("layer 1  ✓ each[0]");
  expect(retried.error).not.toContain("each[4]");
  const shown = (await call("show", "1", "--json")).json();
  expect(
    shown.tasks.map(({ id, index, status }: { id: string; index: number | null; status: string }) => [
      id,
      index,
      status,
    ]),
  ).toEqual([
    ["list", null, "succeeded"],
    ["each", null, "succeeded"],
    ["each", 0, "succeeded"],
    ["each", 1, "succeeded"],
  ]);
  expect((await call("runs")).out).toContain("4/4");
  expect((await call("why", "1")).out).not.toContain("no 1");
  const keys = readFileSync(join(folder, "keys"), "utf8").trim().split(" ").sort();
  expect(keys).toEqual(["0:0", "0:1", "1:0", "1:1", "2:0", "3:0", "4:0"]); // what is at the same place is another item
});
