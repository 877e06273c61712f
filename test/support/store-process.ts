import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const CHILD = new URL("./store-child.ts", import.meta.url);

export interface StoreTask {
  readonly does: "open" | "read" | "probe" | "hold engine lock" | "hold write lock" | "commit without end";
  /** Of the database; to hold an engine lock, of the folder of locks; to probe one, of its file. */
  readonly path: string;
  readonly migrationsDir?: string | undefined;
  readonly group?: string | undefined;
  readonly umask?: number;
  /** Only for root: becomes another user first. */
  readonly as?: { readonly uid: number; readonly gid: number; readonly groups: number[] };
  /** Does it when it is told to: `startTogether`. */
  readonly waits?: boolean;
}

export interface StoreAnswer {
  readonly ready?: boolean;
  readonly state?: string;
  readonly error?: string;
  readonly message?: string;
  readonly synchronous?: number;
  readonly umask?: number;
  readonly lock?: string;
}

export interface StoreProcess {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** The first thing that it said. */
  readonly answer: Promise<StoreAnswer>;
  /** The next thing that it says. */
  next(): Promise<StoreAnswer>;
  kill(): Promise<void>;
}

/** Starts another process; it is killed after the test. */
export function startStoreProcess(task: StoreTask): StoreProcess {
  const child = spawn(process.execPath, [fileURLToPath(CHILD), JSON.stringify(task)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  function next(): Promise<StoreAnswer> {
    const said = new Promise<StoreAnswer>((resolve, reject) => {
      lines.once("line", (line) => resolve(JSON.parse(line)));
      child.once("error", reject);
      child.once("close", (code, signal) => reject(new Error(`it ended without a word (${code ?? signal})`)));
    });
    said.catch(() => undefined);
    return said;
  }
  const answer = next();
  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await closed;
  }
  onTestFinished(kill);
  return { process: child, answer, next, kill };
}

/** Starts so many processes, lets all of them load, and then has them do it at the same moment. */
export async function startTogether(count: number, task: StoreTask): Promise<StoreAnswer[]> {
  const processes = Array.from({ length: count }, () => startStoreProcess({ ...task, waits: true }));
  await Promise.all(processes.map((each) => each.answer));
  const answers = processes.map((each) => each.next());
  for (const each of processes) each.process.stdin.write("go\n");
  return await Promise.all(answers);
}
