import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LockstepProcess, startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** What a command is given as files, secrets among them, does not outlive its run. */

const WORKFLOW = `
tasks:
  first: { run: ": ok" }
  held: { needs: [first], run: "if [ -e begun ]; then exit 0; fi; touch begun; sleep 600" }
`;

interface Project {
  start(...argv: string[]): LockstepProcess;
  listFiles(): string[];
  /** Resolves once the command that is held has begun. */
  awaitHeld(): Promise<void>;
}

/** A project of its own, and its folder for temporary files. */
function createProject(): Project {
  const folder = createTemporaryFolder();
  const temporary = join(folder, "tmp");
  for (const name of [".lockstep", "tmp"]) mkdirSync(join(folder, name), { mode: 0o700 });
  writeFileSync(join(folder, "held.yaml"), WORKFLOW);
  return {
    start: (...argv) => startLockstep(folder, argv, { TMPDIR: temporary }),
    listFiles: () => readdirSync(temporary),
    awaitHeld: async () => await waitUntil(() => existsSync(join(folder, "begun")), "the command has begun"),
  };
}

/** Ways in which an engine ends without having said so. */
const ENDS: readonly (readonly [string, (run: LockstepProcess) => Promise<void>])[] = [
  ["SIGKILL", async (run) => void run.child.kill("SIGKILL")],
  [
    "a second Ctrl-C",
    async (run) => {
      run.child.kill("SIGINT");
      await run.awaitText("Once more stops at once.");
      run.child.kill("SIGINT");
    },
  ],
];

test.for(ENDS)(
  "after %s, the files of commands are gone once another engine has taken up what was left",
  async ([, end]) => {
    const { start, listFiles, awaitHeld } = createProject();
    const run = start("run", "held.yaml");
    await awaitHeld();
    await end(run);
    await run.ended;
    expect(listFiles()).toHaveLength(1);
    expect((await start("resume", "1").ended).exitCode).toBe(0);
    expect(listFiles()).toEqual([]);
  },
);
