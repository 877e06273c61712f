import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseError } from "../core/errors.ts";

/** The part of `fs.statfs` that is read here. */
export type ReadFileSystem = (path: string) => Promise<{ readonly type: number }>;

/**
 * Linux's numbers (`statfs(2)`) of file systems whose locks or shared memory do not reach across machines: a WAL on
 * them is damaged sooner or later (sqlite.org/wal.html). 9p is how WSL shows the disks of Windows.
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x00c36400, "Ceph"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x786f4256, "a VirtualBox share"],
]);

/** Refuses a database on a network file system (exit 5), before anything is created there. */
export async function refuseNetworkFileSystem(path: string, readFileSystem: ReadFileSystem = statfs): Promise<void> {
  const kind = await findNetworkFileSystem(dirname(path), readFileSystem);
  if (kind === undefined) return;
  throw new DatabaseError(
    "database_network",
    `${path} lies on a network file system (${kind}), where locks cannot be trusted. Expected a local disk. Name another file: --db PATH`,
  );
}

async function findNetworkFileSystem(folder: string, readFileSystem: ReadFileSystem): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { type } = await readFileSystem(at);
      return process.platform === "darwin" ? undefined : NETWORK_FILE_SYSTEMS.get(type >>> 0);
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || dirname(at) === at) return undefined;
    }
  }
}
