import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep, type Ran } from "../support/command-line.ts";
import { runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const EACH = `
maxConcurrent: 2
tasks:
  each: { map: "\${{ input.list }}", run: 'sleep 600', grace: 100ms }
  after: { after: [each], run: ': ok' }
input: { list: { type: list, default: [1, 2, 3] } }
`;

const GATE = `
tasks:
  each: { map: "\${{ input.list }}", run: ': ok' }
  after: { after: [each], run: ': ok', checkpoint: { message: "Go on?", risk: low } }
input: { list: { type: list, default: [1, 2, 3] } }
`;

test("a map that runs is counted by its instances: by why, pause and cancel", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "each.yaml"), EACH);
  const call = (...argv: string[]): Promise<Ran> => callLockstep(folder, argv);
  const running = startLockstep(folder, ["run", "each.yaml"]);
  await running.awaitText("each #1");
  for (let started = 0; started < 3; ) {
    const { tasks } = (await call("show", "1", "--json")).json() as { tasks: { status: string }[] };
    started = tasks.filter(({ status }) => status === "running").length;
  }
  const why = await call("why", "1");
  expect(why.out).toContain("#1 each runs at layer 0: 2 running, 1 ready, 1 pending\n");
  expect(why.out).toContain("each[2] is ready and waits for a free slot: 2 of 2 are taken (maxConcurrent)\n");
  expect((await call("pause", "1")).out).toBe(
    "#1 pauses once what runs has ended (2 tasks). Continue: lockstep resume 1\n",
  );
  expect((await call("cancel", "1")).out).toBe("#1 canceled: 2 killed, 2 skipped\n");
  expect((await running.ended).exitCode).toBe(1);
});

test("a map whose instances have all succeeded is no result of its own: resume counts them", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "gate.yaml"), GATE);
  expect((await runLockstep(folder, "run", "gate.yaml")).exitCode).toBe(3);
  expect((await callLockstep(folder, ["approve", "1.1"])).exitCode).toBe(0);
  const { error } = await runLockstep(folder, "resume", "1");
  expect(error).toContain("#1 gate resumed: 3 results kept, 0 attempts begin again\n");
});

const AGAIN = `
tasks:
  list: { run: 'echo "[1, 2, 3]"', output: json }
  each: { needs: [list], map: "\${{ needs.list }}", run: ': ok' }
  ask: { after: [list], run: ': ok', checkpoint: { message: "Go on?", risk: low } }
`;

test("a run whose map was expanded twice, by a redo, is taken up again while it waits for a decision", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "again.yaml"), AGAIN);
  const call = (...argv: string[]): Promise<Ran> => callLockstep(folder, argv);
  expect((await runLockstep(folder, "run", "again.yaml")).exitCode).toBe(3);
  expect((await call("redo", "1.1", "--task", "list", "--feedback", "more")).exitCode).toBe(0);
  expect((await runLockstep(folder, "resume", "1")).exitCode).toBe(3);
  expect((await call("approve", "1.2")).exitCode).toBe(0);
  expect(await runLockstep(folder, "resume", "1")).toMatchObject({ exitCode: 0 });
});
