import type { TestContext } from "vitest";

/** Other users and mounts need root; where a test has not got it, it says so instead of passing. */
export function needRootOnLinux(context: TestContext, what: string): void {
  if (process.platform === "linux" && process.getuid?.() === 0) return;
  const reason = `${what} needs root on Linux`;
  console.log(`skipped: ${context.task.name}: ${reason}`);
  context.skip(reason);
}
