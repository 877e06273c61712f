/** The daemon as people run it: the built command in a process of its own, over a folder of workflows. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findBuiltCommand } from "./built-command.ts";

const PAGE_BYTES = 4_096;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** What the measured workflows are in the daemon's folder; the cases declare the same, to submit them. */
const SERVED = `import { workflow } from "lockstep";
export const empty = workflow("empty");
empty.task("work", () => null);
export const gated = workflow("gated");
gated.task("work", { checkpoint: { message: "Go on?", risk: "low" } }, () => null);
export const dying = workflow("dying");
dying.task("work", () => process.exit(3));
`;

export class DaemonProcess {
  readonly db: string;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #ended: Promise<void>;

  constructor(folder: string, schedules = "") {
    this.db = join(folder, "lockstep.db");
    const workflows = join(folder, "workflows");
    mkdirSync(workflows);
    writeFileSync(join(workflows, "served.ts"), SERVED);
    if (schedules !== "") writeFileSync(join(workflows, "scheduled.ts"), schedules);
    const args = [findBuiltCommand(), "daemon", "--db", this.db, "--workflows", workflows];
    this.#child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#ended = ended.promise;
    const lines: string[] = [];
    createInterface({ input: this.#child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      lines.push(line);
      if (line.includes('"daemon.ready"')) ready.resolve();
    });
    this.#child.once("exit", (code) => {
      ready.reject(new Error(`the daemon has ended with ${code}: ${lines.slice(-3).join("\n")}`));
      ended.resolve();
    });
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }

  readMemoryMib(): number {
    return readMemoryMib(this.#child.pid as number);
  }

  /** Files, pipes and sockets that it has open. Linux only. */
  countDescriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** Processor time so far, in ms: of itself, not of its workers. Linux only. */
  readCpuMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }
}

/** Resident memory of a process, in MiB. Linux only. */
export function readMemoryMib(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return (pages * PAGE_BYTES) / 1_048_576;
}
