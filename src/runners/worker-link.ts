/**
 * The engine's end of one worker process. Owns the process and its channel, not the attempts in it.
 *
 * L1: the worker leads a process group of its own; when it is gone, so is its group.
 * L2: `onGone` is called once, when the process is dead and its last words are read.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ErrorValue } from "../core/errors.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import type { Assignment } from "./runner.ts";
import { packAssignment, type Shared } from "./wire-assignment.ts";
import { type FromWorker, type ToWorker, WATCHDOG_FD, type WorkerOrder, type WorkerReport } from "./worker-protocol.ts";

/** How much of what a worker printed outside of tasks is kept for the message of its death. */
export const LAST_WORDS_CHARS = 8_192;
/** How long the pipes of a dead worker are read: a process that left its group may hold them open. */
const DRAIN_MS = 200;

export interface WorkerLinkOptions {
  readonly config?: ConfigSource | undefined;
  /** The marker by which a later engine finds survivors of this one. */
  readonly engineUid: string;
  readonly now: () => number;
  readonly onReports: (reports: readonly WorkerReport[], begun: number) => void;
  readonly onGone: (death: WorkerDeath) => void;
}

export interface WorkerDeath {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What it printed last outside of tasks. */
  readonly lastWords: string;
  /** What it was ended by, where that was an error that nobody caught. */
  readonly fatal: { readonly error: ErrorValue; readonly rejection: boolean } | undefined;
  readonly pid: number | undefined;
}

export class WorkerLink {
  /** Resolves when the process is dead. */
  readonly gone: Promise<void>;
  /** Envelopes that came from it: grows while it answers. */
  heard = 0;
  readonly #options: WorkerLinkOptions;
  readonly #child: ChildProcess;
  readonly #resolveGone: () => void;
  #orders: WorkerOrder[] = [];
  #shared: Shared = { parts: [], needs: [] };
  #lastWords = "";
  #fatal: WorkerDeath["fatal"];
  #dead = false;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#resolveGone = resolve;
    this.#child = fork(findWorkerFile(), [], {
      execArgv: [],
      detached: true, // L1
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      env: { ...process.env, LOCKSTEP_ENGINE: options.engineUid },
    });
    this.#listen();
    if (options.config !== undefined) this.send({ t: "configure", config: options.config });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Goes with all other orders of this turn in one envelope. */
  send(order: WorkerOrder): void {
    this.#orders.push(order);
    if (this.#orders.length === 1) setImmediate(() => this.#flush());
  }

  /** An attempt, in the same envelope; without its spec where the worker is known to have just this definition. */
  sendRun(id: number, assignment: Assignment, withSpec: boolean): void {
    this.send({ t: "run", id, assignment: packAssignment(assignment, this.#shared, withSpec) });
  }

  /** True as soon as it is known to be dead, though its last words are still read. */
  get isDead(): boolean {
    return this.#dead;
  }

  kill(): void {
    if (this.#dead) return;
    killGroup(this.#child.pid);
    this.#child.kill("SIGKILL");
  }

  #flush(): void {
    const envelope: ToWorker = { at: this.#options.now(), shared: this.#shared, messages: this.#orders };
    this.#orders = [];
    this.#shared = { parts: [], needs: [] };
    if (this.#child.connected) this.#child.send(envelope, () => {});
  }

  #listen(): void {
    const child = this.#child;
    child.on("message", (envelope: FromWorker) => this.#receive(envelope));
    child.on("error", (error) => this.#remember(`${error.message}\n`));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#remember(text));
    }
    const stdio: ChildProcess["stdio"] | undefined = child.stdio; // none where no descriptor was left to start it
    stdio?.[WATCHDOG_FD]?.on("error", () => {});
    child.once("exit", (exitCode, signal) => this.#bury(exitCode, signal));
    if (child.pid === undefined) child.once("error", () => this.#bury(null, null));
  }

  #receive({ begun, messages }: FromWorker): void {
    this.heard += 1;
    for (const message of messages) if (message.t === "fatal") this.#fatal = message;
    this.#options.onReports(messages, begun);
  }

  #remember(text: string): void {
    this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS);
  }

  #bury(exitCode: number | null, signal: string | null): void {
    if (this.#dead) return;
    this.#dead = true;
    killGroup(this.#child.pid); // L1
    let told = false;
    const tell = () => {
      if (told) return;
      told = true;
      clearTimeout(timer);
      for (const stream of this.#child.stdio ?? []) stream?.destroy();
      this.#resolveGone();
      const { pid } = this.#child;
      this.#options.onGone({ exitCode, signal, lastWords: this.#lastWords, fatal: this.#fatal, pid }); // L2
    };
    const timer = setTimeout(tell, DRAIN_MS);
    this.#child.once("close", tell);
  }
}

/** Beside this file: as it was written, or as it was bundled. */
function findWorkerFile(): string {
  const source = fileURLToPath(new URL("./worker-main.ts", import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL("./worker.js", import.meta.url));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty: all of it is dead already.
  }
}
