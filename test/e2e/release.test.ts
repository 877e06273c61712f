import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runBuilt } from "../support/built-command.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const RELEASE = join(import.meta.dirname, "../../examples/release.ts");

interface Seen {
  readonly id: string;
  readonly hash: string;
  readonly show: unknown;
}

test("a release is sent back, let through, deployed to the targets that an edit left, and stands as recorded", async () => {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const call = (...argv: string[]) => runBuilt(folder, argv);
  const look = async (): Promise<Seen> => JSON.parse((await call("checkpoints", "1", "--json")).out);

  expect((await call("run", RELEASE)).code).toBe(3);
  const first = await look();
  expect(first).toMatchObject({ id: "1.1", show: { notes: "Release 1.2.0", passed: 42 } });
  const sent = ["redo", "1.1", "--task", "build", "--feedback", "say what is new", "--if-hash", first.hash];
  expect((await call(...sent)).code).toBe(0);

  expect((await call("resume", "1")).code).toBe(3);
  const second = await look();
  expect(second).toMatchObject({ id: "1.2", show: { notes: "Release 1.2.0: say what is new", passed: 42 } });
  // What was seen in the first round approves nothing of the second.
  expect((await call("approve", "1.2", "--if-hash", first.hash)).code).toBe(6);
  expect((await call("approve", "1.2", "--if-hash", second.hash)).code).toBe(0);

  expect((await call("resume", "1")).code).toBe(3);
  const third = await look();
  const edit = ["edit", "1.3", "--set", 'deploy=["eu","us"]', "--if-hash", third.hash];
  expect((await call(...edit)).code).toBe(0);
  const ended = await call("resume", "1");
  expect(ended.code).toBe(0);
  expect(readFileSync(join(folder, "release-out/deployed.txt"), "utf8").trim().split("\n").sort()).toEqual([
    "eu Release 1.2.0: say what is new",
    "us Release 1.2.0: say what is new",
  ]);
  const shown: { checkpoints: { decision: { decision: string } | null }[] } = JSON.parse(
    (await call("show", "1", "--json")).out,
  );
  expect(shown.checkpoints.map((each) => each.decision?.decision)).toEqual(["redo", "approve", "edit"]);
});
