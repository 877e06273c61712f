import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DatabasePathOptions, resolveDatabasePath } from "../../src/platform/paths.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A project with a config at its top and state in the middle, and a folder below both. */
function makeProject(): { top: string; middle: string; below: string } {
  const top = createTemporaryFolder();
  const middle = join(top, "middle");
  const below = join(middle, "deep", "below");
  mkdirSync(join(middle, ".lockstep"), { recursive: true });
  mkdirSync(below, { recursive: true });
  writeFileSync(join(top, "lockstep.config.yaml"), "");
  return { top, middle, below };
}

function resolveFrom(cwd: string, given: Partial<DatabasePathOptions> = {}) {
  return resolveDatabasePath({
    flag: undefined,
    env: {},
    cwd,
    home: "/home/alice",
    readConfigDatabase: () => undefined,
    ...given,
  });
}

test("the order is flag, variable, config, folder, state", () => {
  const { top, middle, below } = makeProject();
  const all = { flag: "mine.db", env: { LOCKSTEP_DB: "/var/env.db" }, readConfigDatabase: () => "data/config.db" };
  expect(resolveFrom(below, all)).toEqual({ path: join(below, "mine.db"), source: "flag" });
  expect(resolveFrom(below, { ...all, flag: undefined })).toEqual({ path: "/var/env.db", source: "env" });
  expect(resolveFrom(below, { ...all, flag: undefined, env: {} })).toEqual({
    path: join(top, "data/config.db"),
    source: "config",
  });
  expect(resolveFrom(below)).toEqual({ path: join(middle, ".lockstep/lockstep.db"), source: "folder" });
  expect(resolveFrom(createTemporaryFolder())).toEqual({
    path: "/home/alice/.local/state/lockstep/lockstep.db",
    source: "state",
  });
});

test("an empty flag is refused: another file is not what was meant", () => {
  expect(() => resolveFrom(createTemporaryFolder(), { flag: "" })).toThrow("--db: expected the path of a file");
});

test("only the nearest config is read, and a path in it counts from its own folder", () => {
  const { middle, below, top } = makeProject();
  writeFileSync(join(middle, "lockstep.config.yaml"), "");
  const read: string[] = [];
  const readConfigDatabase = (file: string) => {
    read.push(file);
    return file.startsWith(middle) ? "./x.db" : "./wrong.db";
  };
  expect(resolveFrom(below, { readConfigDatabase }).path).toBe(join(middle, "x.db"));
  expect(resolveFrom(top, { readConfigDatabase }).path).toBe(join(top, "wrong.db"));
  expect(read).toEqual([join(middle, "lockstep.config.yaml"), join(top, "lockstep.config.yaml")]);
});

test("a tilde in a config is the home folder", () => {
  const { below } = makeProject();
  expect(resolveFrom(below, { readConfigDatabase: () => "~/jobs.db" }).path).toBe("/home/alice/jobs.db");
});

test("the state folder follows XDG, where it is absolute", () => {
  const cwd = createTemporaryFolder();
  expect(resolveFrom(cwd, { env: { XDG_STATE_HOME: "/state" } }).path).toBe("/state/lockstep/lockstep.db");
  expect(resolveFrom(cwd, { env: { XDG_STATE_HOME: "state" } }).path).toMatch(/^\/home\/alice\/\.local\/state/);
});

test("an empty variable counts as none, and a file named .lockstep is no folder", () => {
  const cwd = createTemporaryFolder();
  writeFileSync(join(cwd, ".lockstep"), "");
  expect(resolveFrom(cwd, { env: { LOCKSTEP_DB: "" } }).source).toBe("state");
});
