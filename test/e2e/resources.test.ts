import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const HOLD = "tasks: { hold: { run: 'touch held; while [ ! -e go ]; do sleep 0.05; done', uses: [db] } }\n";
const QUICK = "tasks: { quick: { run: 'touch quick', uses: [db] } }\n";

test("what a killed process held is given back within seconds, and what it ran is resumed without a leak", async () => {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "lockstep.config.yaml"), "db: state/x.db\nresources: { db: { slots: 1 } }\n");
  writeFileSync(join(folder, "hold.yaml"), HOLD);
  writeFileSync(join(folder, "quick.yaml"), QUICK);
  const first = startLockstep(folder, ["run", "hold.yaml"]);
  await waitUntil(() => existsSync(join(folder, "held")), "the first task runs");
  const second = startLockstep(folder, ["run", "quick.yaml"]);
  await second.awaitText("#2");
  const why = async (): Promise<string> => (await callLockstep(folder, ["why", "2", "quick"])).out;
  await waitUntil(
    async () => (await why()).includes("waits for db: 1 of 1 in use by #1 hold"),
    "the second waits for it",
  );
  expect(existsSync(join(folder, "quick"))).toBe(false);
  first.child.kill("SIGKILL");
  expect(await second.ended).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(folder, "quick"))).toBe(true);
  writeFileSync(join(folder, "go"), "");
  expect(await startLockstep(folder, ["resume", "1"]).ended).toMatchObject({ exitCode: 0 });
  expect(await startLockstep(folder, ["run", "quick.yaml"]).ended).toMatchObject({ exitCode: 0 });
});
