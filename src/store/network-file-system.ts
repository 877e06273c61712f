import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { DatabaseError } from "../core/errors.ts";

/** The part of `fs.statfs` that is read here. */
type ReadFileSystem = (path: string) => Promise<{ readonly type: number }>;

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

/** FUSE stands for local disks and for remote ones; the table of mounts says which. */
const FUSE = 0x65735546;
const NETWORK_MOUNTS =
  /^(fuse\.)?(nfs\d?|smbfs|cifs|afpfs|webdav|ftp|sshfs|rclone|s3fs|gcsfuse|glusterfs|davfs2?|curlftpfs|goofys|ceph|osxfuse|macfuse)$/;

export interface FileSystemReader {
  /** Default: `fs.statfs`. */
  readonly readType: ReadFileSystem;
  /** The table of mounts, as `/proc/self/mounts` or macOS's `mount` prints it. */
  readonly readMounts: () => Promise<string>;
  readonly platform: NodeJS.Platform;
}

const SYSTEM: FileSystemReader = { readType: statfs, readMounts: readSystemMounts, platform: process.platform };

/** Refuses a database on a network file system (exit 5), before anything is created there. */
export async function refuseNetworkFileSystem(path: string, reader: Partial<FileSystemReader> = {}): Promise<void> {
  const kind = await findNetworkKind(dirname(path), { ...SYSTEM, ...reader });
  if (kind === undefined) return;
  throw new DatabaseError(
    "database_network",
    `${path} lies on a network file system (${kind}), where locks cannot be trusted. Expected a local disk. Name another file: --db PATH`,
  );
}

/** Looks at the folder, or at the nearest one above it that exists. */
async function findNetworkKind(folder: string, reader: FileSystemReader): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const type = (await reader.readType(at)).type >>> 0;
      // The numbers of macOS change from boot to boot.
      if (reader.platform === "darwin" || type === FUSE) return findNetworkMount(await reader.readMounts(), at);
      return NETWORK_FILE_SYSTEMS.get(type);
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || dirname(at) === at) return undefined;
    }
  }
}

/** The kind of the mount that holds a folder, where it is one of the network. */
function findNetworkMount(mounts: string, folder: string): string | undefined {
  let longest = "";
  let kind: string | undefined;
  for (const line of mounts.split("\n")) {
    const [, at = "", type] = /^.+? on (.+) \(([^,)]+)/.exec(line) ?? /^\S+ (\S+) (\S+)/.exec(line) ?? [];
    const holds = folder === at || folder.startsWith(at.endsWith("/") ? at : `${at}/`);
    if (at === "" || !holds || at.length < longest.length) continue;
    longest = at;
    kind = type;
  }
  return kind !== undefined && NETWORK_MOUNTS.test(kind) ? kind : undefined;
}

async function readSystemMounts(): Promise<string> {
  if (process.platform === "linux") return readFile("/proc/self/mounts", "utf8");
  const { stdout } = await promisify(execFile)("/sbin/mount", [], { timeout: 2_000 });
  return stdout;
}
