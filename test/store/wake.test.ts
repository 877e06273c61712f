import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import { createWakeSource } from "../../src/platform/watch-file-change.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startStoreProcess } from "../support/store-process.ts";

test("a commit of another process is seen long before the next look in its interval", async () => {
  const store = await openTestStore();
  const before = store.dataVersion();
  const seen = new Promise<void>((resolve) => {
    const source = createWakeSource({
      dir: dirname(store.path),
      onHint: () => {
        if (store.dataVersion() !== before) resolve();
      },
      pollEveryMs: () => 3_600_000,
      clock: systemClock,
    });
    source.start();
    onTestFinished(() => source.stop());
  });
  const other = startStoreProcess({ does: "commit without end", path: store.path });
  await seen;
  await other.kill();
  expect(store.dataVersion()).not.toBe(before);
});
