import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireEngineLock } from "../../src/platform/engine-lock.ts";
import { startStoreProcess } from "../support/store-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What opens a file by name and closes it again; `open("wx")` creates, so nobody can hold a lock on it. */
const OPENERS =
  /\b(readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|copyFile|copyFileSync|cp|cpSync|truncate|truncateSync|createReadStream|createWriteStream|open|openSync|openAsBlob)\(\s*([^,)]*)(?:,\s*("[^"]*"))?/g;
/** How a database or a lock file is named in the sources. */
const NAMES_A_DATABASE =
  /\bpath\b|\.db|database(Path|File)|sqlite\.name|store\.path|\.lock\b|lock(File|Path)|\bcopy\b/i;

test("nothing in the store or in platform opens a database or a lock through fs, except to create it", () => {
  const found: string[] = [];
  for (const file of globSync("src/{store,platform}/*.ts", { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const [call, , name = "", flags] of text.matchAll(OPENERS)) {
      if (NAMES_A_DATABASE.test(name) && flags !== '"wx"') found.push(`${file}: ${call}`);
    }
  }
  expect(found).toEqual([]);
});

test("nothing anywhere in the sources reads a database through fs or node:sqlite", () => {
  const found: string[] = [];
  for (const file of globSync("src/**/*.{ts,tsx}", { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), "utf8");
    if (/"node:sqlite"/.test(text)) found.push(`${file}: node:sqlite`);
    for (const [call, , name = "", flags] of text.matchAll(OPENERS)) {
      if (/\.db\b|database(Path|File)|store\.path|lock(File|Path)/.test(name) && flags !== '"wx"') {
        found.push(`${file}: ${call}`);
      }
    }
  }
  expect(found).toEqual([]);
});

test("reading a lock file through fs lets the lock go, which is why the rule is there", async () => {
  const lock = acquireEngineLock(join(createTemporaryFolder(), "engines"), "a");
  const held = startStoreProcess({ does: "probe", path: lock.path });
  expect(await held.answer).toEqual({ state: "alive" });
  readFileSync(lock.path);
  const lost = startStoreProcess({ does: "probe", path: lock.path });
  expect(await lost.answer).toEqual({ state: "dead" });
  lock.release();
});
