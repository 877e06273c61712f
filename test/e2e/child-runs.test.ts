import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findDisagreements } from "../support/effects-history.ts";
import { runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Each task writes a line when it begins; the slow one ends once the file `go` is there. */
const YAML = {
  "parent.yaml": `
tasks:
  before: { run: "echo before >> log" }
  nested: { needs: [before], workflow: { file: parts/nested.yaml, input: { log: "\${{ run.workflow }}" } } }
  after: { needs: [nested], run: 'echo "after $N" >> log', env: { N: "\${{ needs.nested }}" } }
`,
  "parts/nested.yaml": `
input: { log: { type: string } }
tasks:
  first: { run: "echo first >> ../log" }
  slow: { needs: [first], run: 'echo slow >> ../log; while [ ! -e ../go ]; do sleep 0.02; done; echo "of $P"', env: { P: "\${{ input.log }}" }, output: text }
`,
};

const MODULES = {
  "nested.ts": `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";
const wf = workflow("nested");
const first = wf.task("first", () => appendFileSync("log", "first\\n"));
const slow = wf.task("slow", { after: [first] }, async () => {
  appendFileSync("log", "slow\\n");
  while (!existsSync("go")) await wait(20);
  return { said: "of parent" };
});
export default wf.returns(slow);
`,
  "parent.ts": `
import { appendFileSync } from "node:fs";
import { workflow } from "lockstep";
import nested from "./nested.ts";
const wf = workflow("parent");
const before = wf.task("before", () => appendFileSync("log", "before\\n"));
const child = wf.child("nested", { after: [before], workflow: nested }, () => undefined);
wf.task("after", { needs: { child } }, ({ needs }) => appendFileSync("log", "after " + needs.child.said + "\\n"));
export default wf;
`,
};

test.each([
  ["parent.yaml", YAML],
  ["parent.ts", MODULES],
])(
  "%s: killed while its child runs, it is resumed with it, and what was recorded is not done again",
  async (file, files) => {
    const folder = createTemporaryFolder();
    for (const name of [".lockstep", "parts"]) mkdirSync(join(folder, name), { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "log"), "");
    const readLog = (): string[] => readFileSync(join(folder, "log"), "utf8").trim().split("\n");
    const first = startLockstep(folder, ["run", file]);
    await waitUntil(() => readLog().includes("slow"), "the child runs");
    first.child.kill("SIGKILL");
    await first.ended;
    expect((await runLockstep(folder, "runs", "--all")).out).toMatch(/nested ‹ #1 {2}interrupted/);
    writeFileSync(join(folder, "go"), "");
    const resumed = await runLockstep(folder, "resume", "1");
    expect(resumed.error).toContain("#1 parent resumed");
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(readLog()).toEqual(["before", "first", "slow", "slow", "after of parent"]);
    const { sqlite } = await openTestStore({ path: join(folder, ".lockstep/lockstep.db") });
    expect(sqlite.prepare("SELECT id, status FROM run ORDER BY id").all()).toEqual([
      { id: 1, status: "succeeded" },
      { id: 2, status: "succeeded" },
    ]);
    expect(findDisagreements(sqlite)).toEqual([]);
  },
);

test("a daemon that is killed while a child runs leaves both to the next one", async () => {
  const folder = createTemporaryFolder();
  for (const name of [".lockstep", "workflows", "workflows/parts"]) mkdirSync(join(folder, name), { mode: 0o700 });
  for (const [name, text] of Object.entries(YAML))
    writeFileSync(join(folder, "workflows", name), text, { mode: 0o600 });
  const readLog = (): string[] => readFileSync(join(folder, "workflows/log"), "utf8").trim().split("\n");
  writeFileSync(join(folder, "workflows/log"), "");
  const queued = await runLockstep(folder, "run", "workflows/parent.yaml", "--detach");
  expect(queued).toMatchObject({ exitCode: 0 });
  const first = startLockstep(folder, ["daemon"]);
  await waitUntil(() => readLog().includes("slow"), "the child runs");
  first.child.kill("SIGKILL");
  await first.ended;
  writeFileSync(join(folder, "workflows/go"), "");
  const second = startLockstep(folder, ["daemon", "--once"]);
  expect(await second.ended).toMatchObject({ exitCode: 0 });
  expect(readLog()).toEqual(["before", "first", "slow", "slow", "after of parent"]);
});

test("a daemon that begins loads a child that is only named before it takes up its parent", async () => {
  const folder = createTemporaryFolder();
  for (const name of [".lockstep", "workflows"]) mkdirSync(join(folder, name), { mode: 0o700 });
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, "workflows", name), text, { mode: 0o600 });
  write("a-parent.yaml", "tasks: { nested: { workflow: z-child } }");
  write(
    "z-child.ts",
    `import { workflow } from "lockstep";
const wf = workflow("z-child");
wf.task("one", () => "found");
export default wf;
`,
  );
  expect(await runLockstep(folder, "run", "a-parent", "--detach")).toMatchObject({ exitCode: 0 });
  expect(await runLockstep(folder, "daemon", "--once")).toMatchObject({ exitCode: 0 });
  expect((await runLockstep(folder, "show", "1")).out).toContain('result   "found"');
});
