import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { expect, onTestFinished, test } from "vitest";
import { type LockstepProcess, runLockstep, startLockstep } from "../support/lockstep-process.ts";
import { needLinux } from "../support/need-linux.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { listProcessesOfHome } from "../support/processes-of-home.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/**
 * Each task writes what it does into a file. Until there is a file `go`, those of the second layer last for ever: two end
 * their work when they are told to, two do not and are ended after their grace.
 */
const WORKFLOW = `
name: held
tasks:
  first: { run: "echo first >> happened" }
  heeds:
    after: [first]
    run: |
      trap 'echo heeds-done >> happened; exit 0' TERM
      echo heeds >> happened
      until [ -e go ]; do sleep 0.02; done
  stubborn:
    after: [first]
    grace: 300ms
    run: |
      trap '' TERM INT HUP
      echo stubborn >> happened
      until [ -e go ]; do sleep 0.02; done
      echo stubborn-done >> happened
  last: { after: [heeds, stubborn], run: "echo last >> happened" }
`;

const FUNCTIONS = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";
const note = (line) => appendFileSync("happened", line + "\\n");
const wf = workflow("functions");
const first = wf.task("first", () => note("first"));
const heeds = wf.task("heeds", { after: [first] }, async ({ signal }) => {
  note("heeds");
  while (!existsSync("go") && !signal.aborted) await wait(10);
  note("heeds-done");
});
const stubborn = wf.task("stubborn", { after: [first], grace: "300ms" }, async () => {
  note("stubborn");
  while (!existsSync("go")) await wait(10);
  note("stubborn-done");
});
const loops = wf.task("loops", { after: [first], grace: "300ms", isolation: "process" }, () => {
  note("loops");
  while (!existsSync("go"));
  note("loops-done");
});
wf.task("last", { after: [heeds, stubborn, loops] }, () => note("last"));
export default wf;
`;

interface Held {
  readonly folder: string;
  readonly file: string;
  /** How many lines say that the second layer is at work. */
  readonly begun: number;
}

function createHeld(kind: "commands" | "functions"): Held {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const file = kind === "commands" ? "held.yaml" : "held.ts";
  writeFileSync(join(folder, file), kind === "commands" ? WORKFLOW : FUNCTIONS);
  writeFileSync(join(folder, "happened"), "");
  return { folder, file, begun: kind === "commands" ? 3 : 4 };
}

const readHappened = (folder: string): string[] =>
  readFileSync(join(folder, "happened"), "utf8").split("\n").slice(0, -1);

const count = (lines: readonly string[], line: string): number => lines.filter((each) => each === line).length;

async function startHeld({ folder, file, begun }: Held): Promise<LockstepProcess> {
  const run = startLockstep(folder, ["run", file]);
  await waitUntil(() => readHappened(folder).length === begun, "the second layer is at work");
  return run;
}

async function expectNobodyLeft(folder: string): Promise<void> {
  await waitUntil(() => listProcessesOfHome(folder).length === 0, "nothing of it is alive", 2_000);
}

/** Goes on to the end; what was recorded does not run again. */
async function expectResumes({ folder }: Held, kept: readonly string[]): Promise<void> {
  writeFileSync(join(folder, "go"), "");
  const resumed = await runLockstep(folder, "resume", "1");
  expect([resumed.exitCode, resumed.error]).toEqual([0, expect.stringContaining(`: ${kept.length} result`)]);
  const happened = readHappened(folder);
  for (const line of kept) expect([line, count(happened, line)]).toEqual([line, 1]);
  expect(count(happened, "last")).toBe(1);
  expect(count(happened, "stubborn")).toBe(2);
  await expectNobodyLeft(folder);
}

const KINDS = ["commands", "functions"] as const;
const CASES = KINDS.flatMap((kind) => (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => ({ kind, signal })));

test.for(CASES)(
  "$signal lets $kind end within their grace, starts none, and resume keeps what they did",
  async ({ kind, signal }, context) => {
    needLinux(context);
    const held = createHeld(kind);
    const run = await startHeld(held);
    run.child.kill(signal);
    const ended = await run.ended;
    expect([ended.exitCode, ended.out]).toEqual([130, ""]);
    expect(ended.error.trimEnd().split("\n").at(-1)).toBe("Interrupted. Nothing is lost: lockstep resume 1");
    await expectNobodyLeft(held.folder);
    const happened = readHappened(held.folder);
    expect([count(happened, "heeds-done"), count(happened, "stubborn-done"), count(happened, "last")]).toEqual([
      1, 0, 0,
    ]);
    const shown = await runLockstep(held.folder, "runs");
    expect(shown.out).toContain("lockstep resume 1");
    await expectResumes(held, ["first", "heeds"]);
  },
);

test.for(KINDS)("a second Ctrl-C ends %s at once, and nothing is left alive", async (kind, context) => {
  needLinux(context);
  const held = createHeld(kind);
  writeFileSync(join(held.folder, held.file), (kind === "commands" ? WORKFLOW : FUNCTIONS).replaceAll("300ms", "1h"));
  const run = await startHeld(held);
  run.child.kill("SIGINT");
  await run.awaitText("Once more stops at once.");
  const store = await openTestStore({ path: join(held.folder, ".lockstep/lockstep.db"), access: "read" });
  const succeeded = store.sqlite.prepare("SELECT count(*) FROM task WHERE status = 'succeeded'").pluck();
  await waitUntil(() => succeeded.get() === 2, "the end of who heeds the first signal is recorded");
  run.child.kill("SIGINT");
  const ended = await run.ended;
  expect(ended.exitCode).toBe(130);
  expect(ended.error.trimEnd().split("\n").at(-1)).toBe("Interrupted. Nothing is lost: lockstep resume 1");
  await expectNobodyLeft(held.folder);
  expect(count(readHappened(held.folder), "stubborn-done")).toBe(0);
  await expectResumes(held, ["first", "heeds"]);
});

test("a terminal that is closed is an interrupt, too", async (context) => {
  needLinux(context);
  const held = createHeld("commands");
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const pty = spawn(process.execPath, [main, "run", held.file], {
    cwd: held.folder,
    env: { PATH: process.env.PATH ?? "", HOME: held.folder, TERM: "xterm" },
  });
  onTestFinished(() => pty.kill("SIGKILL"));
  await waitUntil(() => readHappened(held.folder).length === held.begun, "the second layer is at work");
  (pty as unknown as { destroy(): void }).destroy(); // closes the terminal's other end, and then sends SIGHUP once more, as shells do
  await expectNobodyLeft(held.folder);
  expect(count(readHappened(held.folder), "heeds-done")).toBe(1);
  await expectResumes(held, ["first", "heeds"]);
});
