import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WorkflowsFolder } from "../../src/daemon/workflows-folder.ts";
import type { ModuleDescription } from "../../src/runners/describe-module.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const MINUTE_MS = 60_000;

/** A folder that is looked at under a clock that the test sets; what it says is noted. */
function createFolder() {
  const folder = join(createTemporaryFolder(), "workflows");
  mkdirSync(folder);
  const state = { now: Date.now() + MINUTE_MS, fails: new Set<string>(), refuses: undefined as Error | undefined };
  const said: string[] = [];
  const nameOf = (file: string): string => file.slice(folder.length + 1);
  const watched = new WorkflowsFolder({
    ...{ folder, now: () => state.now, mayHoldWorkflow: (file) => !file.includes("part") },
    async describe(file) {
      if (state.fails.has(nameOf(file))) throw new Error("it fails");
      return { file, files: [file, join(folder, "part.ts")] } as unknown as ModuleDescription;
    },
    async onLoaded({ file }) {
      if (state.refuses !== undefined) throw state.refuses;
      said.push(`loaded ${nameOf(file)}`);
    },
    onBroken: async (file, error) => void said.push(`broken ${nameOf(file)}: ${error.message}`),
    onGone: async (file) => void (nameOf(file) === "part.ts" ? undefined : said.push(`gone ${nameOf(file)}`)),
  });
  const write = (name: string, at = state.now - MINUTE_MS): void => {
    const path = join(folder, name);
    writeFileSync(path, `${at}`, { mode: 0o600 });
    utimesSync(path, at / 1_000, at / 1_000);
  };
  const look = async (): Promise<string[]> => {
    said.length = 0;
    await watched.look();
    return [...said];
  };
  write("part.ts");
  return { folder, state, write, look };
}

test("a file is loaded once, again when it or what it imports changes, and not before it has been quiet", async () => {
  const { write, look, state } = createFolder();
  write("a.ts");
  expect(await look()).toEqual(["loaded a.ts"]);
  expect(await look()).toEqual([]);
  write("part.ts", state.now - 1_000);
  expect(await look()).toEqual(["loaded a.ts"]);
  write("a.ts", state.now - 100);
  expect(await look()).toEqual([]);
  state.now += 200;
  expect(await look()).toEqual(["loaded a.ts"]);
});

test("a file is gone after two looks; one that is replaced in between never was, nor is a folder that is moved", async () => {
  const { write, look, folder, state } = createFolder();
  for (const name of ["a.ts", "b.ts"]) write(name);
  await look();
  rmSync(join(folder, "a.ts"));
  expect(await look()).toEqual([]);
  write("a.ts", state.now - 1_000);
  expect(await look()).toEqual(["loaded a.ts"]);
  rmSync(join(folder, "b.ts"));
  expect(await look()).toEqual([]);
  expect(await look()).toEqual(["gone b.ts"]);
  expect(await look()).toEqual([]);
  renameSync(folder, `${folder}-moved`);
  for (let looks = 0; looks < 3; looks++) expect(await look()).toEqual([]);
  renameSync(`${folder}-moved`, folder);
  expect(await look()).toEqual([]);
});

test("a broken file is tried again when a file of the folder changes, and after five minutes", async () => {
  const { write, look, state } = createFolder();
  write("a.ts");
  state.fails.add("a.ts");
  expect(await look()).toEqual(["broken a.ts: it fails"]);
  expect(await look()).toEqual([]);
  write("part.ts", state.now - 1_000);
  expect(await look()).toEqual(["broken a.ts: it fails"]);
  state.now += 5 * MINUTE_MS;
  state.fails.clear();
  expect(await look()).toEqual(["loaded a.ts"]);
  state.now += 5 * MINUTE_MS;
  expect(await look()).toEqual([]);
});

test("what fails in the database is no fault of the file: it is thrown, and the file is loaded at the next look", async () => {
  const { write, look, state } = createFolder();
  const { DatabaseError } = await import("../../src/core/errors.ts");
  write("a.ts");
  state.refuses = new DatabaseError("database_full", "no space is left");
  await expect(look()).rejects.toThrow("no space is left");
  state.refuses = undefined;
  expect(await look()).toEqual(["loaded a.ts"]);
});
