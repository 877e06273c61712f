import { expect, test } from "vitest";
import { z } from "zod";
import { workflow } from "../../src/index.ts";
import { openForTest } from "../../src/testing.ts";
import { ALICE, getOpen } from "../support/open-gate.ts";

/** What is said of an edit of the command that a checkpoint waits before. */
async function editCommand(value: unknown): Promise<string> {
  const wf = workflow("deploy");
  wf.exec("a", { checkpoint: { message: "Deploy?", risk: "low" } }, () => ["true"]);
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, {});
  await lockstep.advance("1s");
  try {
    lockstep.decide(getOpen(lockstep), { decision: "edit", values: { a: value } }, ALICE);
    return "";
  } catch (error) {
    return String(error);
  }
}

test.each([
  [{ argv: ["x"] }, ': unknown key "argv". Known: command, cwd, env, stdin, files.'],
  [{ comand: {} }, ': unknown key "comand". Did you mean "command"?'],
  [{ command: "ls" }, ' at command: expected an object, found "ls".'],
  [{ command: { kind: "exec", argv: ["x"], cwd: "/" } }, ' at command: unknown key "cwd". Known: kind, argv.'],
  [{ command: { kind: "exec" } }, ' at command: "argv" is missing.'],
  [{ command: { kind: "exec", argv: [1] } }, " at command.argv.0: expected text, found 1."],
  [{ command: { kind: "exe" } }, ' at command.kind: expected one of "exec", "shell", found "exe".'],
  [{ env: { A: 1 } }, " at env.A: expected text, found 1."],
  ["ls", ': expected an object, found "ls".'],
])("an edited command that does not fit is told what is expected: %j", async (value, message) => {
  expect(await editCommand(value)).toContain(`the input of a does not fit its schema${message} Nothing was done.`);
});

test.each([
  { kind: "exec", argv: ["false"] },
  { kind: "shell", script: "x", args: [], shell: "bash" },
])("an edited command of either kind is accepted: %j", async (command) => {
  expect(await editCommand({ command })).toBe("");
});

test("an edited output is told what its schema expects, through its references, too", async () => {
  const port = z.object({ "a/b": z.number().max(9) }).meta({ id: "port" });
  const wf = workflow("ports", { checkpoint: "every-layer" });
  const a = wf.task("a", { output: z.object({ one: port, two: port }) }, () => ({
    one: { "a/b": 1 },
    two: { "a/b": 2 },
  }));
  wf.task("b", { needs: { a } }, () => 1);
  await using lockstep = await openForTest({ workflows: [wf] });
  lockstep.start(wf, {});
  await lockstep.advance("1s");
  const edit = (two: object) =>
    lockstep.decide(getOpen(lockstep), { decision: "edit", values: { a: { one: { "a/b": 1 }, two } } }, ALICE);
  expect(() => edit({ "a/b": 10 })).toThrow(" at two.a/b: expected a number of at most 9, found 10.");
  expect(() => edit({})).toThrow(' at two: "a/b" is missing.');
});
