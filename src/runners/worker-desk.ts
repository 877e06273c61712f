/**
 * A worker's side of the protocol: owns the modules that this process has loaded and the attempts that run in it.
 *
 * L1: a definition is bound before its attempts begin: they wait for the module.
 * L2: every order is answered once, whatever user code does short of ending the process.
 */
import { LockstepError, toErrorValue } from "../core/errors.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import { type LoadedFile, loadWorkflowModule } from "./describe-module.ts";
import { EngineClock } from "./engine-clock.ts";
import { createFailure, createTaskMissing } from "./failed-outcome.ts";
import { type Answer, ENGINE_STOPS, type ProgramOutcome } from "./program-host.ts";
import { ProgramRunner } from "./program-runner.ts";
import { serializeTaskOutput } from "./serialize-value.ts";
import { getPart, type Shared, unpackAssignment, type WireAssignment } from "./wire-assignment.ts";
import { enterTask } from "./worker-output.ts";
import type { DescribeResult, LoadErrorValue, ToWorker, WorkerOrder, WorkerReport } from "./worker-protocol.ts";

export class WorkerDesk {
  readonly #report: (report: WorkerReport) => void;
  readonly #reportBegun: () => void;
  readonly #flush: () => void;
  readonly #clock = new EngineClock();
  /** Definition hash → its program, or the error of loading it. */
  readonly #programs = new Map<string, WorkflowProgram | LockstepError>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #controllers = new Map<number, AbortController>();
  readonly #runner: ProgramRunner;
  #config: ConfigSource | undefined;

  /** `flush` sends what was reported at once. */
  constructor(report: (report: WorkerReport) => void, reportBegun: () => void, flush: () => void) {
    this.#flush = flush;
    this.#report = report;
    this.#reportBegun = reportBegun;
    this.#runner = new ProgramRunner({
      clock: this.#clock,
      enter: enterTask,
      timesAttempts: true,
      findProgram: (hash) => {
        const program = this.#programs.get(hash);
        return program instanceof LockstepError ? undefined : program;
      },
    });
  }

  take({ at, shared, messages }: ToWorker): void {
    this.#clock.set(at);
    for (const message of messages) this.#takeOrder(message, shared);
  }

  #takeOrder(order: WorkerOrder, shared: Shared): void {
    switch (order.t) {
      case "configure":
        this.#config = order.config;
        return;
      case "describe":
        void this.#describe(order.file, order.exportName).then((result) =>
          this.#report({ t: "described", id: order.id, result }),
        );
        return;
      case "bind":
        this.#bind(order);
        return;
      case "run":
        this.#run(order.id, order.assignment, shared);
        return;
      case "abort":
        this.#controllers.get(order.id)?.abort(order.stop ? ENGINE_STOPS : undefined);
        return;
      case "parseInput":
        void this.#parseInput(order.hash, order.json).then((answer) => this.#answer(order.id, answer));
        return;
      case "computeResult":
        void this.#whenBound(order.question.definitionHash)
          .then(() => this.#runner.computeResult(order.question))
          .then((answer) => this.#answer(order.id, answer));
        return;
      case "parseOutput":
        void this.#whenBound(order.question.definitionHash)
          .then(() => this.#runner.parseOutput(order.question))
          .then((answer) => this.#answer(order.id, answer));
        return;
      case "ping":
        return; // an envelope answers every envelope
    }
  }

  #answer(id: number, answer: Answer): void {
    this.#report({ t: "answer", id, answer });
  }

  async #describe(file: string, exportName: string | null | undefined): Promise<DescribeResult> {
    try {
      return { ok: true, description: (await loadWorkflowModule(file, exportName, this.#config)).description };
    } catch (error) {
      return { ok: false, error: toLoadError(error) };
    }
  }

  #bind({ hash, module, workflow }: Extract<WorkerOrder, { t: "bind" }>): void {
    const loading = loadWorkflowModule(module.file, module.exportName, this.#config).then(
      (loaded) => {
        const exact = loaded.programs.has(hash);
        const program = loaded.programs.get(hash) ?? findByName(loaded, workflow);
        if (program !== undefined) this.#programs.set(hash, program);
        this.#report({ t: "bound", hash, exact });
        this.#flush(); // what waits for it begins now, and may be an endless loop
      },
      (error: unknown) => {
        const known = error instanceof LockstepError ? error : new LockstepError("load_failed", String(error));
        this.#programs.set(hash, known);
      },
    );
    this.#loading.set(
      hash,
      loading.finally(() => this.#loading.delete(hash)),
    );
  }

  #whenBound(hash: string): Promise<void> {
    return this.#loading.get(hash) ?? Promise.resolve();
  }

  #run(id: number, wire: WireAssignment, shared: Shared): void {
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    const loading = this.#loading.get(getPart(wire, shared).definitionHash); // L1
    const begin = (): Promise<ProgramOutcome> => {
      const outcome = this.#execute(wire, shared, controller.signal);
      this.#reportBegun(); // not before it has given the event loop back
      return outcome;
    };
    const outcome = loading === undefined ? begin() : loading.then(begin);
    void outcome.then((settled) => {
      this.#controllers.delete(id);
      this.#report({ t: "end", id, outcome: settled });
    });
  }

  #execute(wire: WireAssignment, shared: Shared, signal: AbortSignal): Promise<ProgramOutcome> {
    const part = getPart(wire, shared);
    const program = this.#programs.get(part.definitionHash);
    if (program instanceof LockstepError) return Promise.resolve(createFailure(program));
    const spec = wire.spec ?? program?.spec.tasks[wire.taskIndex];
    if (spec === undefined) return Promise.resolve(createTaskMissing(String(wire.taskIndex), part.workflow));
    return this.#runner.execute(unpackAssignment(wire, shared, spec), signal);
  }

  async #parseInput(hash: string, json: string): Promise<Answer> {
    await this.#whenBound(hash);
    const program = this.#programs.get(hash);
    try {
      if (program instanceof LockstepError) throw program;
      if (program === undefined) throw new LockstepError("program_missing", "no program is loaded for this definition");
      const value: unknown = await program.parseInput(JSON.parse(json));
      return { ok: true, json: serializeTaskOutput(program.spec.name, value, "input") };
    } catch (error) {
      return { ok: false, error: toLoadError(error) };
    }
  }
}

function findByName({ programs }: LoadedFile, workflow: string): WorkflowProgram | undefined {
  return [...programs.values()].find(({ spec }) => spec.name === workflow || workflow === "");
}

function toLoadError(error: unknown): LoadErrorValue {
  const value = toErrorValue(error);
  if (!(error instanceof LockstepError)) return { ...value, exitCode: 1 };
  return {
    ...value,
    exitCode: error.exitCode,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.place === undefined ? {} : { place: error.place }),
  };
}
