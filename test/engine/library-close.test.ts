import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { open } from "../../src/index.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

test("a program whose engine cannot record its end closes the file all the same, and says why", async () => {
  const db = join(createTemporaryFolder(), "lockstep.db");
  const lockstep = await open({ db });
  const other = new Database(db);
  other.exec("ALTER TABLE engine RENAME TO gone");
  other.close();
  await expect(lockstep.close()).rejects.toThrow("no such table");
  expect(existsSync(`${db}-wal`)).toBe(false); // the last one that closes it takes that away
  expect(() => lockstep.handle("1")).toThrow("This engine is closed");
});
