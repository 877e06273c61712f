import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const CHILD = join(import.meta.dirname, "../support/fixtures/unremovable-files.ts");

test("a command that leaves a folder into which nobody may write has ended as it did, and its files are removed", () => {
  const folder = createTemporaryFolder();
  chmodSync(folder, 0o777);
  const env = { ...process.env, TMPDIR: folder };
  const said = execFileSync(process.execPath, [CHILD], { encoding: "utf8", env, timeout: 30_000 });
  expect(JSON.parse(said)).toEqual({ outcome: { kind: "succeeded", output: '"done"', logBytes: 21 }, left: [] });
});
