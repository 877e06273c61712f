import type { TestContext } from "vitest";

/** Skips a test, and says why, where it cannot see the processes of others: it reads /proc. */
export function needLinux(context: TestContext): void {
  if (process.platform === "linux") return;
  const reason = "processes are looked for in /proc, which is Linux's";
  console.log(`skipped: ${context.task.name}: ${reason}`);
  context.skip(reason);
}
