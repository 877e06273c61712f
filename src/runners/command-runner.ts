/**
 * Executes the plans of commands in the engine's process. Owns the commands that run.
 */
import { statSync } from "node:fs";
import type { ErrorValue } from "../core/errors.ts";
import { GRACE_DEFAULT_MS, OUTPUT_BYTES_MAX } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import type { CommandPlan } from "../definition/program.ts";
import { AttemptLimits, type EarlyEnd, getAbortReason } from "./attempt-limits.ts";
import {
  type CommandFiles,
  createEnvironment,
  readCommandOutput,
  removeCommandFiles,
  writeCommandFiles,
} from "./command-files.ts";
import { checkValues, createArguments, refuse } from "./command-line.ts";
import { parseCommandOutput } from "./command-output.ts";
import { type CommandEnd, CommandProcess } from "./command-process.ts";
import { endOrphans } from "./end-orphans.ts";
import { createCanceled, createFailure, createTimeout } from "./failed-outcome.ts";
import { findMasker } from "./given-secrets.ts";
import { LogFile } from "./log-file.ts";
import type { Reaper } from "./reaper.ts";
import type { Assignment, Outcome, Traces } from "./runner.ts";
import { checkCommandPlaces } from "./secret-places.ts";
import { createTooLarge } from "./serialize-value.ts";

const STOPPED: Outcome = { kind: "interrupted", reason: "the engine stopped" };

export class CommandRunner {
  readonly #clock: Clock;
  readonly #reaper: Reaper;
  readonly #running = new Map<AttemptLimits, Promise<Outcome>>();
  #closed = false;

  constructor(clock: Clock, reaper: Reaper) {
    this.#clock = clock;
    this.#reaper = reaper;
  }

  async execute(assignment: Assignment, plan: CommandPlan, signal: AbortSignal): Promise<Outcome> {
    const masker = findMasker(assignment);
    const log = new LogFile(assignment.logPath, this.#clock, masker);
    for (const note of assignment.secrets?.notes ?? []) log.write("e", `lockstep: ${note}\n`);
    let files: CommandFiles | undefined;
    try {
      const argv = createArguments(plan);
      if (masker !== undefined) checkCommandPlaces(assignment.spec.id, plan, masker);
      checkFolder(assignment, plan);
      files = await writeCommandFiles(assignment, plan);
      const env = createEnvironment(assignment, plan, files);
      checkValues(assignment.spec.id, argv, env);
      if (this.#closed || signal.aborted) {
        return endEarly(this.#closed ? "stop" : getAbortReason(signal), assignment, log.close());
      }
      return await this.#run({ assignment, plan, argv, env, files, log, signal, masker });
    } catch (error) {
      return createFailure(error, log.close(), masker?.mask);
    } finally {
      if (files !== undefined) await removeCommandFiles(files.folder);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const limits of this.#running.keys()) limits.end("stop");
    await Promise.all(this.#running.values());
  }

  async #run(start: Start): Promise<Outcome> {
    const { assignment, plan, argv, env, log, signal, masker } = start;
    const { spec, cwd } = assignment;
    const stdout = new Capture(plan.output !== "none", () => child.kill("SIGKILL"));
    const child = new CommandProcess(
      { argv, env, cwd: plan.cwd ?? cwd, stdin: plan.stdin, log, masker, onOutput: (part) => stdout.add(part) },
      this.#reaper,
    );
    let early: EarlyEnd | undefined;
    let cancelGrace: (() => void) | undefined;
    const limits = new AttemptLimits(signal, spec.timeoutMs, this.#clock, (reason) => {
      early = reason;
      child.kill("SIGTERM");
      cancelGrace = this.#clock.schedule(spec.graceMs ?? GRACE_DEFAULT_MS, () => child.kill("SIGKILL"));
    });
    const outcome = child.ended.then(async (end) => {
      cancelGrace?.();
      limits.dispose();
      if (early !== undefined) await endOrphans({ attemptIds: [assignment.attemptId] }, this.#clock);
      return await finish(start, end, early, stdout);
    });
    this.#running.set(
      limits,
      outcome.catch(() => STOPPED),
    );
    return await outcome.finally(() => {
      limits.dispose();
      this.#running.delete(limits);
    });
  }
}

interface Start {
  readonly assignment: Assignment;
  readonly plan: CommandPlan;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: CommandFiles;
  readonly log: LogFile;
  readonly signal: AbortSignal;
  readonly masker: SecretMasker | undefined;
}

/** Keeps a standard output that becomes a task's output; too long a one ends the command. */
class Capture {
  readonly #parts: Buffer[] = [];
  readonly #wanted: boolean;
  readonly #onTooLong: () => void;
  #bytes = 0;

  constructor(wanted: boolean, onTooLong: () => void) {
    this.#wanted = wanted;
    this.#onTooLong = onTooLong;
  }

  get isTooLong(): boolean {
    return this.#bytes > OUTPUT_BYTES_MAX;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  add(part: Buffer): void {
    if (!this.#wanted || this.isTooLong) return;
    this.#bytes += part.length;
    if (this.isTooLong) this.#onTooLong();
    else this.#parts.push(part);
  }
}

async function finish(start: Start, end: CommandEnd, early: EarlyEnd | undefined, stdout: Capture): Promise<Outcome> {
  const { assignment, plan, files, log, masker } = start;
  const { id } = assignment.spec;
  const traces = log.close();
  if (stdout.isTooLong) return createFailure(createTooLarge(id, OUTPUT_BYTES_MAX), traces);
  const done = end.exitCode === 0;
  if (early !== undefined && (early === "timeout" || !done)) return endEarly(early, assignment, traces);
  if (!done) return createExit(start, end, traces);
  try {
    const bytes = plan.output === "none" ? await readCommandOutput(files.output) : stdout.bytes;
    if (bytes === undefined) throw createTooLarge(id, OUTPUT_BYTES_MAX);
    return { kind: "succeeded", output: parseCommandOutput(id, plan.output, bytes, masker?.mask), ...traces };
  } catch (error) {
    return createFailure(error, traces, masker?.mask);
  }
}

function createExit({ argv }: Start, { exitCode, signal, lastErrorLine }: CommandEnd, traces: Traces): Outcome {
  const how = signal !== null ? `was ended by ${signal}` : `exited with ${exitCode}${explainExit(exitCode, argv)}`;
  const message = lastErrorLine === "" ? how : `${how}: ${lastErrorLine}`;
  const error: ErrorValue = { name: "CommandError", code: signal === null ? "exit" : "signal", message };
  return {
    kind: "failed",
    status: signal === null ? "failed" : "crashed",
    error,
    retryable: true,
    ...(exitCode === null ? {} : { exitCode }),
    ...(signal === null ? {} : { signal }),
    ...traces,
  };
}

function explainExit(exitCode: number | null, argv: readonly string[]): string {
  if (exitCode === 127) return ` (not found: ${argv[0]}, or what it calls)`;
  return exitCode === 126 ? ` (not executable: ${argv[0]}, or what it calls)` : "";
}

function endEarly(early: EarlyEnd, assignment: Assignment, traces: Traces): Outcome {
  if (early === "stop") return STOPPED;
  return early === "cancel" ? createCanceled(traces) : createTimeout(assignment.spec.timeoutMs ?? 0, "", traces);
}

/** Node says ENOENT of the program where the folder is missing. */
function checkFolder({ spec, cwd }: Assignment, plan: CommandPlan): void {
  const folder = plan.cwd ?? cwd;
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw refuse(spec.id, `was to run in ${folder}, which is no folder. Create it, or correct cwd.`);
}
