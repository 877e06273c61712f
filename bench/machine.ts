/** On what was measured: figures of two machines are not comparable. */
import { cpus, release, totalmem } from "node:os";
import Database from "better-sqlite3";
import type { Disk } from "./disk.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly os: string;
  readonly node: string;
  readonly sqlite: string;
  readonly fileSystem: string;
}

export function describeMachine(disk: Disk): Machine {
  const memory = new Database(":memory:");
  const sqlite = String(memory.prepare("SELECT sqlite_version()").pluck().get());
  memory.close();
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    os: `${process.platform} ${release()}`,
    node: process.versions.node,
    sqlite,
    fileSystem: `statfs type ${disk.type}`,
  };
}
