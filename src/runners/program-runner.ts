/**
 * Runs programs in the present process. Owns the attempts that are not over and those that outlived their grace.
 *
 * L1: no two attempts of a task run side by side: one that ignored its abort is waited for.
 * L2: a function that returns without a promise costs no timer and no listener.
 */
import { toErrorValue } from "../core/errors.ts";
import { GRACE_DEFAULT_MS } from "../core/limits.ts";
import { ENGINE_STOPPED } from "../core/outcome.ts";
import type { Clock } from "../core/ports.ts";
import type { TaskProgram, WorkflowProgram } from "../definition/program.ts";
import { AttemptLimits, type EarlyEnd, getAbortReason } from "./attempt-limits.ts";
import {
  createCanceled,
  createProgramMissing,
  createTaskMissing,
  createTimeout,
  createUnresponsive,
} from "./failed-outcome.ts";
import { findMasker } from "./given-secrets.ts";
import { LingeringAttempts } from "./lingering-attempts.ts";
import { LogFile } from "./log-file.ts";
import { createChildMissing, prepareChild } from "./prepare-child.ts";
import { startAttempt } from "./program-attempt.ts";
import { createResultContext } from "./program-context.ts";
import type {
  Answer,
  ChildOutcome,
  OutputQuestion,
  ProgramHost,
  ProgramOutcome,
  ResultQuestion,
} from "./program-host.ts";
import type { Assignment, Traces } from "./runner.ts";
import type { SecretSources } from "./secret-vault.ts";
import { serializeTaskOutput } from "./serialize-value.ts";

export interface ProgramRunnerOptions {
  readonly clock: Clock;
  /** The program for a definition; for the definition of an older file, the program that is there now. */
  readonly findProgram: (definitionHash: string, workflowName: string, runUid?: string) => WorkflowProgram | undefined;
  /** Runs user code in a context of its own, in which its output is known to be its. */
  readonly enter?: <T>(log: LogFile, run: () => T) => T;
  /** Whether outcomes say how long the attempt ran. */
  readonly timesAttempts?: boolean;
}

export class ProgramRunner implements ProgramHost {
  readonly #options: ProgramRunnerOptions;
  readonly #live = new Set<Supervision>();
  readonly #lingering = new LingeringAttempts();
  #closed = false;

  constructor(options: ProgramRunnerOptions) {
    this.#options = options;
  }

  execute(assignment: Assignment, signal: AbortSignal): Promise<ProgramOutcome> {
    if (signal.aborted) return Promise.resolve(endEarly(getAbortReason(signal), assignment, {}));
    if (this.#closed) return Promise.resolve(endEarly("stop", assignment, {}));
    const waits = this.#lingering.waitFor(assignment, signal); // L1
    if (waits !== undefined) return waits.then(() => this.execute(assignment, signal));
    const program = this.#findProgram(assignment);
    const task = program && findTask(program, assignment);
    if (program === undefined) return Promise.resolve(createProgramMissing(assignment.run.workflow));
    if (task === undefined) return Promise.resolve(createTaskMissing(assignment.spec.id, assignment.run.workflow));
    return this.#start(program, task, assignment, signal);
  }

  async prepareChild(name: string, inputJson: string): Promise<ChildOutcome> {
    const program = this.#options.findProgram("", name);
    return program === undefined ? createChildMissing(name) : await prepareChild(program, inputJson);
  }

  async computeResult(question: ResultQuestion): Promise<Answer> {
    try {
      const program = this.#findProgram(question);
      const value = await program?.returns?.(createResultContext(question));
      return { ok: true, json: serializeTaskOutput("returns", value) };
    } catch (error) {
      return { ok: false, error: toErrorValue(error) };
    }
  }

  async parseOutput(question: OutputQuestion): Promise<Answer> {
    try {
      const program = this.#findProgram(question);
      const task = program && findTask(program, question);
      const value: unknown = JSON.parse(question.json);
      const parsed = task?.parseOutput === undefined ? value : await task.parseOutput(value);
      return { ok: true, json: serializeTaskOutput(question.spec.id, parsed) };
    } catch (error) {
      return { ok: false, error: toErrorValue(error) };
    }
  }

  findSecrets(definitionHash: string, workflow: string): SecretSources | undefined {
    return this.#options.findProgram(definitionHash, workflow)?.spec.secrets;
  }

  #findProgram({ definitionHash, run }: Pick<Assignment, "definitionHash" | "run">): WorkflowProgram | undefined {
    return this.#options.findProgram(definitionHash, run.workflow, run.uid);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const live = [...this.#live];
    for (const supervision of live) supervision.stop();
    await Promise.all(live.map((supervision) => supervision.outcome));
  }

  #start(
    program: WorkflowProgram,
    task: TaskProgram,
    assignment: Assignment,
    signal: AbortSignal,
  ): Promise<ProgramOutcome> {
    const { clock, enter } = this.#options;
    const masker = findMasker(assignment);
    const log = new LogFile(assignment.logPath, clock, masker);
    const { timeoutMs } = assignment.spec;
    const controller = new AbortController();
    const startedAt = clock.now();
    const attempt = { program, task, assignment, signal: controller.signal, log, clock, masker };
    const outcome = enter === undefined ? startAttempt(attempt) : enter(log, () => startAttempt(attempt));
    if (!(outcome instanceof Promise)) return Promise.resolve(this.#noteTime(outcome, startedAt)); // L2
    const leftMs = timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (clock.now() - startedAt));
    const supervision = new Supervision({ assignment, signal, controller, clock, log, leftMs }, outcome);
    this.#live.add(supervision);
    return supervision.outcome.then((settled) => {
      this.#live.delete(supervision);
      if (supervision.lingers) this.#lingering.keep(assignment, outcome);
      return this.#noteTime(settled, startedAt);
    });
  }

  #noteTime(outcome: ProgramOutcome, startedAt: number): ProgramOutcome {
    const { timesAttempts, clock } = this.#options;
    if (timesAttempts !== true || (outcome.kind !== "succeeded" && outcome.kind !== "failed")) return outcome;
    return { ...outcome, ranMs: clock.now() - startedAt };
  }
}

/** What a function finds as the reason of its signal's abort. */
const ABORT_TEXTS = {
  timeout: "the task's time is over",
  cancel: "the task was canceled",
  stop: "the engine stops; the task will be run again",
} as const satisfies Record<EarlyEnd, string>;

interface SupervisionOptions {
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
  readonly controller: AbortController;
  readonly clock: Clock;
  readonly log: LogFile;
  readonly leftMs: number | undefined;
}

/** An attempt that is a promise: ends it early when it must, and gives it up after its grace. */
class Supervision {
  readonly outcome: Promise<ProgramOutcome>;
  /** True once it was given up while it was still at work. */
  lingers = false;
  readonly #options: SupervisionOptions;
  readonly #limits: AttemptLimits;
  #settle: (outcome: ProgramOutcome) => void = () => {};
  #early: EarlyEnd | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor(options: SupervisionOptions, attempt: Promise<ProgramOutcome>) {
    this.#options = options;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#limits = new AttemptLimits(options.signal, options.leftMs, options.clock, (early) => this.#endEarly(early));
    void attempt.then((outcome) => this.#finish(outcome));
    if (options.signal.aborted) this.#limits.onAbort();
  }

  stop(): void {
    this.#limits.end("stop");
  }

  #endEarly(early: EarlyEnd): void {
    const { assignment, clock, controller } = this.#options;
    this.#early = early;
    this.#cancelGrace = clock.schedule(assignment.spec.graceMs ?? GRACE_DEFAULT_MS, () => this.#giveUp(early));
    controller.abort(new DOMException(ABORT_TEXTS[early], early === "timeout" ? "TimeoutError" : "AbortError"));
  }

  #finish(outcome: ProgramOutcome): void {
    this.#limits.dispose();
    this.#cancelGrace?.();
    const early = this.#early;
    // What was done although it was canceled is done; after its timeout nobody relies on it any more.
    if (early === undefined || (early !== "timeout" && outcome.kind === "succeeded")) this.#settle(outcome);
    else this.#settle(endEarly(early, this.#options.assignment, getTraces(outcome)));
  }

  #giveUp(early: EarlyEnd): void {
    this.lingers = true;
    const traces = this.#options.log.close();
    if (early === "stop") this.#settle({ kind: "interrupted", reason: ENGINE_STOPPED });
    else this.#settle(createIgnored(early, traces));
  }
}

function endEarly(early: EarlyEnd, assignment: Assignment, traces: Traces): ProgramOutcome {
  if (early === "stop") return { kind: "interrupted", reason: ENGINE_STOPPED };
  return early === "cancel" ? createCanceled(traces) : createTimeout(assignment.spec.timeoutMs ?? 0, "", traces);
}

function createIgnored(early: EarlyEnd, traces: Traces): ProgramOutcome {
  const what = early === "timeout" ? "its timeout" : "its cancel";
  const message = `ignored ${what}: it was still at work after its grace period. Let it watch the signal that it is given.`;
  return createUnresponsive(message, traces);
}

function getTraces(outcome: ProgramOutcome): Traces {
  if (outcome.kind !== "failed" && outcome.kind !== "succeeded") return {};
  const { logBytes, logCut } = outcome;
  return { ...(logBytes === undefined ? {} : { logBytes }), ...(logCut === undefined ? {} : { logCut }) };
}

/** By its id: in a file that was changed since, the task may stand elsewhere. */
function findTask(
  program: WorkflowProgram,
  { taskIndex, spec }: Pick<Assignment, "taskIndex" | "spec">,
): TaskProgram | undefined {
  if (program.spec.tasks[taskIndex]?.id === spec.id) return program.tasks[taskIndex];
  const index = program.spec.tasks.findIndex((each) => each.id === spec.id);
  return index === -1 ? undefined : program.tasks[index];
}
