/**
 * One command as a process group. Owns the group until it is dead.
 *
 * C1: it begins only when the reaper knows of its group.
 * C2: when its leader has ended, the rest of the group is killed: nothing is left at work when an attempt is over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { SecretMasker, SecretStream } from "../core/secret-masker.ts";
import type { LogFile } from "./log-file.ts";
import type { Reaper } from "./reaper.ts";

/** Waits at descriptor 3 for a line, then becomes the command. End of file: the engine is gone, and so is it. */
const GATE = 'read -r _ <&3 || exit 125; exec 3<&-; exec "$@"';
/** How long the pipes of a dead group are read: a process that left the group may hold them open. */
const DRAIN_MS = 200;
const LAST_LINE_CHARS = 500;

export interface CommandStart {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string | undefined;
  readonly log: LogFile;
  /** Of what it says last; the log masks for itself. */
  readonly masker?: SecretMasker | undefined;
  /** Called with each part of the standard output. */
  readonly onOutput: (part: Buffer) => void;
}

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastErrorLine: string;
}

export class CommandProcess {
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;
  readonly #reaper: Reaper;
  #over = false;
  #errorTail = "";
  readonly #errorMask: SecretStream | undefined;

  constructor(start: CommandStart, reaper: Reaper) {
    this.#reaper = reaper;
    this.#errorMask = start.masker?.createStream();
    this.#child = spawn("/bin/sh", ["-c", GATE, "lockstep-gate", ...start.argv], {
      cwd: start.cwd,
      env: start.env,
      detached: true,
      stdio: [start.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe"],
    });
    this.ended = this.#follow(start);
    this.#release(start);
  }

  /** To the whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#over) return;
    killGroup(pid, signal);
  }

  /** C1 */
  #release({ stdin, env }: CommandStart): void {
    const { pid } = this.#child;
    const gate = this.#child.stdio[3];
    if (pid === undefined || gate === null || gate === undefined || !("write" in gate)) return;
    gate.on("error", () => {});
    this.#child.stdin?.on("error", () => {}); // a command need not read what it is given
    this.#reaper.register(pid, env.LOCKSTEP_ENGINE).then(
      () => {
        gate.end("\n");
        this.#child.stdin?.end(stdin);
      },
      () => gate.destroy(),
    );
  }

  #follow({ log, onOutput }: CommandStart): Promise<CommandEnd> {
    const child = this.#child;
    child.stdout?.on("data", (part: Buffer) => {
      log.write("o", part);
      onOutput(part);
    });
    child.stderr?.on("data", (part: Buffer) => {
      log.write("e", part);
      this.#remember(this.#errorMask === undefined ? part : this.#errorMask.push(part));
    });
    return new Promise((resolve, reject) => {
      child.once("error", (error) => {
        if (child.pid === undefined) reject(error);
      });
      child.once("exit", (exitCode, signal) => {
        const { pid } = child;
        if (pid !== undefined) killGroup(pid, "SIGKILL"); // C2
        this.#over = true;
        const finish = () => {
          clearTimeout(timer);
          for (const stream of child.stdio) stream?.destroy();
          if (pid !== undefined) this.#reaper.unregister(pid);
          resolve({ exitCode, signal, lastErrorLine: this.#getLastErrorLine() });
        };
        const timer = setTimeout(finish, DRAIN_MS);
        child.once("close", finish);
      });
    });
  }

  #remember(part: Uint8Array): void {
    this.#errorTail = (this.#errorTail + Buffer.from(part).toString("utf8")).slice(-4 * LAST_LINE_CHARS);
  }

  #getLastErrorLine(): string {
    if (this.#errorMask !== undefined) this.#remember(this.#errorMask.flush());
    return this.#errorTail.trimEnd().split("\n").at(-1)?.trim().slice(0, LAST_LINE_CHARS) ?? "";
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty.
  }
}
