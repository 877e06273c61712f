import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";
import { needRootOnLinux } from "./need-root.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export interface MountedTmpfs {
  readonly folder: string;
  /** Mounts it again with these options, for example `ro`. */
  remount(options: string): void;
}

/** A file system of its own of so many KiB; skips the test, and says why, where none can be mounted. */
export function mountTmpfs(context: TestContext, sizeKib: number): MountedTmpfs {
  needRootOnLinux(context, "mounting a tmpfs");
  const folder = join(createTemporaryFolder(), "disk");
  mkdirSync(folder);
  const { status, stderr } = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "tmpfs", folder], {
    encoding: "utf8",
  });
  if (status !== 0) {
    const reason = `no tmpfs can be mounted here: ${String(stderr).trim()}`;
    console.log(`skipped: ${context.task.name}: ${reason}`);
    context.skip(reason);
  }
  onTestFinished(() => void spawnSync("/bin/umount", ["-l", folder]));
  return { folder, remount: (options) => void spawnSync("/bin/mount", ["-o", `remount,${options}`, folder]) };
}
