import { spawnSync } from "node:child_process";
import type { TestContext } from "vitest";

/** Skips a test, and says why, where system calls cannot be made to fail: no strace, or no right to trace. */
export function needStrace(context: TestContext): void {
  const { error, stderr, status } = spawnSync("strace", ["-qq", "-e", "trace=none", "true"], { encoding: "utf8" });
  if (status === 0) return;
  const reason = `strace is needed to make system calls fail: ${error?.message ?? stderr.trim()}`;
  console.log(`skipped: ${context.task.name}: ${reason}`);
  context.skip(reason);
}
