import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

function createFolder(): string {
  const folder = join(createTemporaryFolder(), "my 100% $project");
  mkdirSync(join(folder, "workflows"), { recursive: true });
  mkdirSync(join(folder, ".lockstep"));
  writeFileSync(join(folder, "workflows/load.yaml"), "tasks:\n  slow: { run: sleep 1, grace: 2m }\n");
  return folder;
}

const ANALYZE = ["systemd", "analyze"].join("-");
const hasAnalyze = spawnSync(ANALYZE, ["--version"]).status === 0;
if (!hasAnalyze) console.log("skipped: systemd-analyze is not here, so no unit is verified by systemd itself");

test("the unit of systemd names absolute paths, kills the whole group, and waits for the longest grace", async () => {
  const { exitCode, out } = await callLockstep(createFolder(), ["daemon", "--print-unit", "systemd"]);
  expect(exitCode).toBe(0);
  const words =
    /^ExecStart=(.*)$/m
      .exec(out)?.[1]
      ?.match(/"[^"]*"|\S+/g)
      ?.map((word) => word.replaceAll('"', "")) ?? [];
  expect([words[0], words[1], words[4], words[6]].every((word) => isAbsolute(word ?? ""))).toBe(true);
  expect(words[4]).toMatch(/my 100%% \$\$project\/workflows$/);
  for (const line of [
    "KillMode=control-group",
    "Restart=on-failure",
    "StateDirectory=lockstep",
    "TimeoutStopSec=135",
  ]) {
    expect(out.split("\n")).toContain(line);
  }
});

test.skipIf(!hasAnalyze)("systemd itself takes the unit", async () => {
  const folder = createFolder();
  const { out } = await callLockstep(folder, ["daemon", "--print-unit", "systemd"]);
  const unit = join(createTemporaryFolder(), "lockstep.service");
  writeFileSync(unit, out);
  const { stderr } = spawnSync(ANALYZE, ["verify", "--man=no", unit], { encoding: "utf8" });
  expect(stderr.split("\n").filter((line) => line.includes("lockstep.service"))).toEqual([]);
});

test("the property list of launchd starts the same, and again after a failure", async () => {
  const { out } = await callLockstep(createFolder(), ["daemon", "--print-unit", "launchd"]);
  expect(out).toMatch(
    /<string>daemon<\/string>\n {4}<string>--workflows<\/string>\n {4}<string>\/.*workflows<\/string>/,
  );
  expect(out).toContain("<key>ExitTimeOut</key>\n  <integer>135</integer>");
  expect(out).toContain("<key>SuccessfulExit</key>\n    <false/>");
});

test("another manager is refused with what is meant", async () => {
  const { exitCode, error } = await callLockstep(createFolder(), ["daemon", "--print-unit", "systmd"]);
  expect(exitCode).toBe(2);
  expect(error).toBe('--print-unit: expected systemd or launchd, found "systmd". Did you mean systemd?\n');
});
