import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mountTmpfs } from "../support/mounted-tmpfs.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

test("a full disk is told, what was committed stays, and writing goes on once there is room", async (context) => {
  const disk = mountTmpfs(context, 2_048);
  const store = await openTestStore({ path: join(disk.folder, "lockstep.db"), access: "execute" });
  const insert = store.sqlite.prepare("INSERT INTO value (bytes, json) VALUES (1, zeroblob(100000))");
  let committed = 0;
  const fill = () => {
    for (;;) {
      store.transaction(() => insert.run());
      committed += 1;
    }
  };
  expect(fill).toThrow(expect.objectContaining({ code: "database_full", exitCode: 5 }));
  expect(store.sqlite.prepare("SELECT count(*) FROM value").pluck().get()).toBe(committed);
  disk.remount("size=8192k");
  expect(store.transaction(() => insert.run().changes)).toBe(1);
  expect(store.sqlite.pragma("integrity_check", { simple: true })).toBe("ok");
});

test("a disk that is full from the start is told", async (context) => {
  const disk = mountTmpfs(context, 64);
  await expect(openTestStore({ path: join(disk.folder, "lockstep.db") })).rejects.toMatchObject({
    code: "database_full",
  });
});

test("where the WAL cannot be extended the engine opens all the same", async (context) => {
  const disk = mountTmpfs(context, 2_048);
  const path = join(disk.folder, "lockstep.db");
  const store = await openTestStore({ path, access: "execute", extendWal: true });
  expect(store.sqlite.pragma("cache_size", { simple: true })).toBe(-16_000);
  expect(store.sqlite.inTransaction).toBe(false);
});

test("a file system that is read-only is told, whether the database is there or not", async (context) => {
  const disk = mountTmpfs(context, 4_096);
  const path = join(disk.folder, "lockstep.db");
  (await openTestStore({ path })).close();
  disk.remount("ro");
  for (const name of [path, join(disk.folder, "other.db")]) {
    await expect(openTestStore({ path: name })).rejects.toMatchObject({ code: "database_readonly", exitCode: 5 });
  }
});

test("opening for execution makes the WAL as long as it will become, and leaves nothing in it", async () => {
  const store = await openTestStore({ access: "execute", extendWal: true });
  expect(statSync(`${store.path}-wal`).size).toBeGreaterThan(4_000_000);
  expect(store.sqlite.pragma("cache_size", { simple: true })).toBe(-16_000);
  expect(store.sqlite.prepare("SELECT count(*) FROM sqlite_schema WHERE name = '__lockstep_wal'").pluck().get()).toBe(
    0,
  );
});

test("a WAL past 64 MiB is given back when idle, a short one is not", async () => {
  const store = await openTestStore();
  store.sqlite.pragma("wal_autocheckpoint = 0");
  const insert = store.sqlite.prepare("INSERT INTO value (bytes, json) VALUES (1, zeroblob(8000000))");
  store.transaction(() => insert.run());
  const short = statSync(`${store.path}-wal`).size;
  store.truncateWal();
  expect(statSync(`${store.path}-wal`).size).toBe(short);
  for (let times = 0; times < 9; times += 1) store.transaction(() => insert.run());
  store.truncateWal();
  expect(statSync(`${store.path}-wal`).size).toBe(0);
});

test("a network file system is refused before anything is created there", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "state", "lockstep.db");
  for (const [type, kind] of [
    [0x6969, "NFS"],
    [-11_317_950, "CIFS"],
    [0x01021997, "9p"],
  ] as const) {
    const fileSystem = { readType: async () => ({ type }), platform: "linux" } as const;
    await expect(openTestStore({ path, fileSystem })).rejects.toMatchObject({
      code: "database_network",
      exitCode: 5,
      message: expect.stringContaining(`(${kind})`),
    });
  }
  expect(existsSync(join(folder, "state"))).toBe(false);
});

test("a FUSE mount is refused where it is remote, and used where it is local", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "lockstep.db");
  const mounted = (type: string) =>
    ({
      readType: async () => ({ type: 0x65735546 }),
      readMounts: async () => `/dev/sda / ext4 rw 0 0\nme@srv:/x ${folder} ${type} rw 0 0\n`,
      platform: "linux",
    }) as const;
  await expect(openTestStore({ path, fileSystem: mounted("fuse.sshfs") })).rejects.toMatchObject({
    code: "database_network",
  });
  const store = await openTestStore({ path, fileSystem: mounted("fuse.mergerfs") });
  expect(store.transaction(() => 1)).toBe(1);
});

test("on macOS the table of mounts tells, since the numbers do not", async () => {
  const folder = createTemporaryFolder();
  const path = join(folder, "lockstep.db");
  const mounts = `/dev/disk3s1s1 on / (apfs, sealed, local)\n//me@nas/share on ${folder} (smbfs, nodev, nosuid)\n`;
  const fileSystem = {
    readType: async () => ({ type: 26 }),
    readMounts: async () => mounts,
    platform: "darwin",
  } as const;
  await expect(openTestStore({ path, fileSystem })).rejects.toMatchObject({
    code: "database_network",
    message: expect.stringContaining("(smbfs)"),
  });
});
