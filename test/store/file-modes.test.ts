import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { needRootOnLinux } from "../support/need-root.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { startStoreProcess } from "../support/store-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ALICE = { uid: 54_321, gid: 54_321 };
const BOB = { uid: 54_322, gid: 54_322 };
const OPS = 54_400;

function readMode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test.each([0o000, 0o022, 0o077])(
  "folders are 0700 and files 0600 under umask %o, which stays as it is",
  async (umask) => {
    const path = join(createTemporaryFolder(), "a", "b", "lockstep.db");
    const process = startStoreProcess({ does: "open", path, umask });
    expect(await process.answer).toMatchObject({ umask });
    expect([dirname(dirname(path)), dirname(path), path].map(readMode)).toEqual(["700", "700", "600"]);
  },
);

test("the WAL is as closed as the database", async () => {
  const { path } = await openTestStore();
  expect([path, `${path}-wal`, `${path}-shm`].map(readMode)).toEqual(["600", "600", "600"]);
});

test("a folder that was there already keeps its mode", async () => {
  const folder = join(createTemporaryFolder(), "project");
  mkdirSync(folder, { mode: 0o755 });
  await openTestStore({ path: join(folder, "x.db") });
  expect(readMode(folder)).toBe("755");
});

test("a database that others could read is closed to them when its owner opens it", async () => {
  const store = await openTestStore();
  store.close();
  chmodSync(store.path, 0o644);
  await openTestStore({ path: store.path });
  expect(readMode(store.path)).toBe("600");
});

test("one group is let in, and its members can write beside each other", async (context) => {
  needRootOnLinux(context, "becoming another user");
  const folder = createTemporaryFolder();
  chmodSync(folder, 0o777);
  const path = join(folder, ".lockstep", "lockstep.db");
  const alice = startStoreProcess({ does: "open", path, group: String(OPS), as: { ...ALICE, groups: [OPS] } });
  expect(await alice.answer).toMatchObject({ synchronous: 2 });
  expect([dirname(path), path].map(readMode)).toEqual(["770", "660"]);
  expect(statSync(path).gid).toBe(OPS);

  const writer = startStoreProcess({ does: "commit without end", path, as: { ...ALICE, groups: [OPS] } });
  expect(await writer.answer).toBe("begins");
  expect(statSync(`${path}-wal`)).toMatchObject({ gid: OPS, uid: ALICE.uid });
  const bob = startStoreProcess({ does: "open", path, as: { ...BOB, groups: [OPS] } });
  expect(await bob.answer).toMatchObject({ synchronous: 2 });
  expect(readMode(path)).toBe("660");
});

test("a group that is named later is let into Lockstep's own folder", async () => {
  const path = join(createTemporaryFolder(), ".lockstep", "lockstep.db");
  (await openTestStore({ path })).close();
  await openTestStore({ path, group: String(process.getgid?.()) });
  expect([dirname(path), path].map(readMode)).toEqual(["770", "660"]);
});

test("a group that does not exist is refused", async () => {
  await expect(openTestStore({ group: "no-such-group" })).rejects.toMatchObject({
    code: "database_group",
    exitCode: 5,
  });
});

test.for(["write", "read"] as const)(
  "who may not %s is told whose file it is, and how to get in",
  async (access, context) => {
    needRootOnLinux(context, "becoming another user");
    const store = await openTestStore();
    store.close();
    chmodSync(dirname(store.path), 0o755);
    chmodSync(dirname(dirname(store.path)), 0o755);
    const does = access === "read" ? "read" : "open";
    const other = startStoreProcess({ does, path: store.path, as: { ...ALICE, groups: [] } });
    const { error, message } = await other.answer;
    expect(error).toBe("database_permission");
    const doing = access === "read" ? "open" : "write";
    expect(message).toBe(
      `Cannot ${doing} lockstep.db: it belongs to root:root, you are 54321. Ask for group access (config group: ops), or: sudo -u root lockstep …`,
    );
  },
);

test("a database in a folder that may not be entered is told by its folder", async (context) => {
  needRootOnLinux(context, "becoming another user");
  const store = await openTestStore();
  store.close();
  chmodSync(dirname(dirname(store.path)), 0o755);
  const other = startStoreProcess({ does: "open", path: store.path, as: { ...ALICE, groups: [] } });
  expect(await other.answer).toMatchObject({
    error: "database_permission",
    message: expect.stringContaining(`${dirname(store.path)} belongs to root:root`),
  });
});

test("a symbolic link in the place of the database is refused, and what it points to is not touched", async () => {
  const folder = createTemporaryFolder();
  const target = join(folder, "precious");
  const path = join(folder, "lockstep.db");
  writeFileSync(target, "");
  symlinkSync(target, path);
  for (const access of ["write", "read"] as const) {
    await expect(openTestStore({ path, access })).rejects.toMatchObject({ code: "database_symlink", exitCode: 5 });
  }
  expect(readFileSync(target, "utf8")).toBe("");
});

test("a symbolic link that points nowhere creates nothing there", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "lockstep.db");
  symlinkSync(join(folder, "elsewhere"), path);
  await expect(openTestStore({ path })).rejects.toMatchObject({ code: "database_symlink" });
  expect(existsSync(join(folder, "elsewhere"))).toBe(false);
});

test("a file of another user is left as it is by root", async (context) => {
  needRootOnLinux(context, "giving a file away");
  const store = await openTestStore();
  store.close();
  chownSync(store.path, ALICE.uid, OPS);
  chmodSync(store.path, 0o660);
  const again = await openTestStore({ path: store.path });
  expect(readMode(store.path)).toBe("660");
  expect(statSync(`${again.path}-wal`)).toMatchObject({ uid: ALICE.uid, gid: OPS });
});
