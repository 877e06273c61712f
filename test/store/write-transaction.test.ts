import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openTestStore } from "../support/open-test-store.ts";
import { startStoreProcess } from "../support/store-process.ts";

test("a writer gets its turn beside one that commits without end", async () => {
  const store = await openTestStore();
  const busy = startStoreProcess({ does: "commit without end", path: store.path });
  await busy.answer;
  for (let turn = 0; turn < 5; turn += 1) {
    const changes = await store.writeTransaction(
      () => store.sqlite.prepare("INSERT INTO value (bytes, json) VALUES (1, '1')").run().changes,
    );
    expect(changes).toBe(1);
  }
  await busy.kill();
  expect(store.sqlite.pragma("integrity_check", { simple: true })).toBe("ok");
});

test("while a writer waits for another process the event loop goes on, and it writes once that one has committed", async () => {
  const store = await openTestStore();
  const other = startStoreProcess({ does: "hold write lock", path: store.path });
  await other.answer;
  expect(() => store.transaction(() => 1)).toThrow(expect.objectContaining({ code: "database_locked", exitCode: 5 }));
  let isDone = false;
  const written = store
    .writeTransaction(() => "written")
    .finally(() => {
      isDone = true;
    });
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  expect(isDone).toBe(false);
  other.process.stdin.write("go on\n");
  expect(await written).toBe("written");
});

test("a writer that waits too long is told that the database is locked, and nothing was changed", async () => {
  let now = 0;
  const clock = { now: () => (now += 1_000), schedule: () => () => undefined };
  const store = await openTestStore({ clock });
  const other = startStoreProcess({ does: "hold write lock", path: store.path });
  await other.answer;
  await expect(store.writeTransaction(() => "never")).rejects.toMatchObject({
    code: "database_locked",
    message: expect.stringContaining("Nothing was changed"),
  });
});

test("an engine gives way after 20 ms", async () => {
  const store = await openTestStore({ access: "execute" });
  const other = startStoreProcess({ does: "hold write lock", path: store.path });
  await other.answer;
  const startedAt = performance.now();
  expect(() => store.transaction(() => 1)).toThrow(expect.objectContaining({ code: "database_locked" }));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
