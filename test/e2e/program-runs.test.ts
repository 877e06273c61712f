import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Ended, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** What commands do with the runs of a program that has Lockstep as its library: they have none of its code. */

const LIBRARY = join(import.meta.dirname, "../../src/index.ts");
/** Follows run 1, or starts it, and says what comes of it; ends by itself once it has. */
const PROGRAM = `import { existsSync } from "node:fs";
import { open, workflow } from ${JSON.stringify(LIBRARY)};
const wf = workflow("inside");
const first = wf.task("first", () => new Promise((resolve) => setTimeout(resolve, 700)));
wf.task("second", { after: [first], checkpoint: { message: "Go on?", risk: "low" } }, () => {
  if (!existsSync("mended")) throw new Error("not mended");
  return "done";
});
const engine = await open({ db: ".lockstep/lockstep.db", workflows: [wf] });
const handle = process.argv[2] === "again" ? engine.handle("1") : await engine.start(wf, null);
console.log("started");
await handle.result().then(() => console.log("succeeded"), (error) => console.log("failed: " + error.message));
await engine.close();
`;

test("a program's run is paused, resumed, decided and retried by commands, and executed by the program", async () => {
  const folder = createTemporaryFolder();
  const program = join(folder, "program.ts");
  writeFileSync(program, PROGRAM);
  const call = (...argv: string[]): Promise<Ended> => startLockstep(folder, argv).ended;
  const callJson = async (...argv: string[]): Promise<unknown> => JSON.parse((await call(...argv, "--json")).out);

  const engine = startLockstep(folder, [], {}, program);
  await engine.awaitText("started");
  expect((await call("pause", "1")).out).toContain("Continue: lockstep resume 1");
  await expect.poll(() => callJson("show", "1"), { timeout: 10_000 }).toMatchObject({ status: "paused" });
  const resumed = await call("resume", "1");
  expect(resumed).toMatchObject({
    exitCode: 0,
    out: "#1 inside is queued: the program that started it goes on with it.\n",
  });

  await expect.poll(() => callJson("show", "1"), { timeout: 10_000 }).toMatchObject({ status: "waiting" });
  expect((await call("approve", "1.1")).out).toContain("Recorded. The program that started it goes on with it");
  expect((await engine.ended).out).toContain("failed");

  writeFileSync(join(folder, "mended"), "");
  const retried = await call("retry", "1");
  expect(retried).toMatchObject({ exitCode: 0, error: "#1 inside: keeps 1, runs 1 (second)\n" });
  expect((await call("why", "1")).out).toContain("the program that started it goes on with it, once it runs");
  const again = startLockstep(folder, ["again"], {}, program);
  await expect.poll(() => callJson("show", "1"), { timeout: 10_000 }).toMatchObject({ status: "waiting" });
  expect(await callJson("approve", "1.2")).toMatchObject({ decision: "approve" });
  expect((await again.ended).out).toContain("succeeded");
}, 60_000);

const FOLLOWER = `import { open } from ${JSON.stringify(LIBRARY)};
const engine = await open({ db: ".lockstep/lockstep.db" });
console.log("follows");
for await (const event of engine.events({ types: ["run.succeeded"] })) {
  console.log(event.kind);
  break;
}
await engine.close();
`;

const QUICK = `import { workflow } from ${JSON.stringify(LIBRARY)};
const wf = workflow("quick");
wf.task("only", () => 1);
export default wf;
`;

test("a program that follows events and does nothing else lives until they come", async () => {
  const folder = createTemporaryFolder();
  const program = join(folder, "follower.ts");
  writeFileSync(program, FOLLOWER);
  writeFileSync(join(folder, "quick.ts"), QUICK);
  const follower = startLockstep(folder, [], {}, program);
  await follower.awaitText("follows");
  await wait(1_500);
  expect((await startLockstep(folder, ["run", "quick.ts"]).ended).exitCode).toBe(0);
  expect(await follower.ended).toMatchObject({ exitCode: 0, out: "follows\nrun.succeeded\n" });
}, 60_000);

const CLOSER = `import { open, workflow } from ${JSON.stringify(LIBRARY)};
const wf = workflow("waits");
wf.task("gated", { checkpoint: { message: "Go on?", risk: "low" } }, () => 1);
const engine = await open({ db: ".lockstep/lockstep.db", workflows: [wf] });
const handle = await engine.start(wf, null);
handle.result().catch((error) => console.log("told: " + error.message));
setTimeout(() => engine.close(), 300);
`;

test("who waits for a result is told when its engine is closed, and the program ends", async () => {
  const folder = createTemporaryFolder();
  const program = join(folder, "closer.ts");
  writeFileSync(program, CLOSER);
  const ended = await startLockstep(folder, [], {}, program).ended;
  expect(ended).toMatchObject({ exitCode: 0, error: "" });
  expect(ended.out).toMatch(/^told: /);
}, 60_000);
