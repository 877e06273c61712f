/**
 * Programs in worker processes, seen from the engine: it never imports a user's module. Owns the attempts that are out
 * and what it knows of modules; the processes are the pool's.
 */
import type { ErrorValue } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import { endAborted, endCrashed, endKilled, STOPPED, WORKER_DIED } from "./attempt-ends.ts";
import { getAbortReason } from "./attempt-limits.ts";
import { describeCrash, describeDeath, type KillReason } from "./describe-death.ts";
import type { WorkflowModule } from "./describe-module.ts";
import { createCanceled, createProgramMissing } from "./failed-outcome.ts";
import { type AttemptOwner, HeldAttempt } from "./held-attempt.ts";
import { KnownModules } from "./known-modules.ts";
import { LearnedSecrets } from "./learned-secrets.ts";
import { LingeringAttempts } from "./lingering-attempts.ts";
import { createChildMissing, createInputFailure } from "./prepare-child.ts";
import type {
  Answer,
  ChildOutcome,
  OutputQuestion,
  ProgramHost,
  ProgramOutcome,
  ResultQuestion,
} from "./program-host.ts";
import type { Assignment } from "./runner.ts";
import type { WorkerDeath } from "./worker-link.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { DescribeResult, WorkerOrder, WorkerReport } from "./worker-protocol.ts";
import type { WorkerSeat } from "./worker-seat.ts";

const TICK_MS = 1_000;
/** Ticks without an answer after which a worker is stuck: a function that computes for longer needs a timeout. */
const SILENT_TICKS_MAX = 60;

export interface WorkerHostOptions {
  readonly clock: Clock;
  /** Processor cores: so many workers are started for computing. */
  readonly cores: number;
  /** Unique to this engine: its workers carry it as LOCKSTEP_ENGINE. */
  readonly engineUid: string;
  /** The config of the machine; its `env` and `defaults` are part of what runs. */
  readonly config?: ConfigSource | undefined;
  /** Where the program of a definition is, beside what `describeModule` and `bindDefinition` have learned. */
  readonly findModule?: (definitionHash: string) => WorkflowModule | undefined;
}

export class WorkerHost implements ProgramHost, AttemptOwner {
  readonly #options: WorkerHostOptions;
  readonly #pool: WorkerPool;
  readonly #known = new KnownModules();
  readonly #secrets = new LearnedSecrets((hash) => this.#findModule(hash)?.file);
  readonly findSecrets = this.#secrets.find.bind(this.#secrets);
  readonly #lingering = new LingeringAttempts();
  #nextId = 1;
  #closed = false;
  #cancelTick: (() => void) | undefined;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#pool = new WorkerPool({
      ...options,
      findModule: (hash) => this.#findModule(hash),
      onEnd: (seat, report) => this.#end(seat, report),
      onGone: (seat, death) => this.#bury(seat, death),
      onUnable: (waiting, death) => {
        for (const attempt of waiting) attempt.settle(describeDeath(death, undefined, {}));
      },
    });
  }

  /** Starts the first worker, so that it is there when it is needed. */
  warm(): void {
    this.#pool.warm();
  }

  /** The process ids of the workers that live. */
  listPids(): number[] {
    return [...this.#pool.seats].flatMap((seat) => seat.link.pid ?? []);
  }

  /**
   * Loads a file in a worker that has loaded none, and says what is in it. If its code has changed, no worker with older
   * code takes anything more.
   * @param exportName undefined: the only or the default workflow; null: the caller wants them all.
   */
  async describeModule(file: string, exportName?: string | null): Promise<DescribeResult> {
    const order = (id: number): WorkerOrder => ({ t: "describe", id, file, exportName });
    let seat: WorkerSeat | undefined;
    const report = await this.#ask(order, true, (asked) => {
      seat = asked;
    });
    if (!("result" in report))
      return { ok: false, error: { ...("error" in report ? report.error : UNEXPECTED), exitCode: 1 } };
    const { result } = report;
    if (result.ok) this.#secrets.learn(result.description);
    if (result.ok && this.#known.learn(result.description)) this.#pool.retireOlder(seat);
    return result;
  }

  /** Says where the program of a definition is: that of an older file, too, whose tasks are then found by their names. */
  bindDefinition(definitionHash: string, module: WorkflowModule): void {
    this.#known.bind(definitionHash, module);
  }

  /** Checks and completes an input by the workflow's schema. */
  async parseInput(definitionHash: string, json: string): Promise<Answer> {
    return await this.#askAnswer((id) => ({ t: "parseInput", id, hash: definitionHash, json }));
  }

  async prepareChild(name: string, inputJson: string): Promise<ChildOutcome> {
    const workflow = this.#known.findByName(name);
    if (workflow === undefined) return createChildMissing(name);
    const answer = await this.parseInput(workflow.definitionHash, inputJson);
    if (!answer.ok) return createInputFailure(name, answer.error.message);
    return { kind: "child", inputJson: answer.json ?? "null", workflow };
  }

  async computeResult(question: ResultQuestion): Promise<Answer> {
    return await this.#askAnswer((id) => ({ t: "computeResult", id, question }));
  }

  async parseOutput(question: OutputQuestion): Promise<Answer> {
    return await this.#askAnswer((id) => ({ t: "parseOutput", id, question }));
  }

  execute(assignment: Assignment, signal: AbortSignal): Promise<ProgramOutcome> {
    if (this.#closed) return Promise.resolve(STOPPED);
    if (signal.aborted) return Promise.resolve(getAbortReason(signal) === "stop" ? STOPPED : createCanceled());
    if (this.#findModule(assignment.definitionHash) === undefined) {
      return Promise.resolve(createProgramMissing(assignment.run.workflow));
    }
    const waits = this.#lingering.waitFor(assignment, signal);
    if (waits !== undefined) return waits.then(() => this.execute(assignment, signal));
    const attempt = new HeldAttempt(this.#nextId++, assignment, signal, this, this.#options.clock);
    this.#pool.enqueue(attempt);
    this.#tickLater();
    return attempt.outcome;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of this.#pool.takeQueue()) attempt.settle(STOPPED);
    const held = [...this.#pool.seats].flatMap((seat) => [...seat.held.values()]);
    for (const attempt of held) attempt.abort(true);
    await Promise.all(held.map((attempt) => attempt.outcome));
    this.#cancelTick?.();
    await this.#pool.close();
  }

  removeQueued(attempt: HeldAttempt): void {
    if (this.#pool.removeQueued(attempt)) {
      attempt.settle(getAbortReason(attempt.signal) === "stop" ? STOPPED : createCanceled());
    }
  }

  endStuck(attempt: HeldAttempt, because: "timeout" | "abort"): void {
    const { seat } = attempt;
    if (seat === undefined) return;
    seat.killed ??= { kind: because === "timeout" ? "timeout" : "silent", ms: attempt.assignment.spec.timeoutMs ?? 0 };
    seat.link.kill();
  }

  #findModule(hash: string): WorkflowModule | undefined {
    return this.#known.find(hash) ?? this.#options.findModule?.(hash);
  }

  async #askAnswer(order: (id: number) => WorkerOrder): Promise<Answer> {
    const report = await this.#ask(order, false);
    return "answer" in report ? report.answer : { ok: false, error: "error" in report ? report.error : UNEXPECTED };
  }

  #ask(order: (id: number) => WorkerOrder, fresh: boolean, onAsked?: (seat: WorkerSeat) => void): Promise<Reply> {
    if (this.#closed) return Promise.resolve({ error: { name: "Error", message: "the engine stops" } });
    return new Promise((resolve) => {
      const question = {
        settle: (report: Reply) => resolve(report),
        fail: (death: WorkerDeath, killed: KillReason | undefined) =>
          resolve({ error: killed === undefined ? describeCrash(death) : describeDeath(death, killed, {}).error }),
      };
      const seat = this.#pool.ask(order, this.#nextId++, question, fresh);
      onAsked?.(seat);
      this.#tickLater();
    });
  }

  #end(seat: WorkerSeat, { id, outcome }: Extract<WorkerReport, { t: "end" }>): void {
    const attempt = seat.held.get(id);
    if (attempt === undefined) return;
    seat.held.delete(id);
    const ignored = outcome.kind === "failed" && outcome.status === "unresponsive";
    if (!ignored) return attempt.settle(outcome);
    // It is still at work: its process takes nothing more, and the attempt is over when the process is.
    seat.retiring = true;
    if (seat.held.size > 0) {
      this.#lingering.keep(attempt.assignment, seat.link.gone);
      attempt.settle(outcome);
    } else void seat.link.gone.then(() => attempt.settle(endKilled(attempt, outcome)));
  }

  #bury(seat: WorkerSeat, death: WorkerDeath): void {
    const held = [...seat.held.values()];
    seat.held.clear();
    for (const attempt of held) {
      if (attempt.signal.aborted || this.#closed) attempt.settle(endAborted(attempt, this.#closed));
      else if (held.length > 1) attempt.settle(WORKER_DIED);
      else attempt.settle(endCrashed(attempt, death, seat.killed));
    }
  }

  /** Counts the ticks of this process, not hours: a machine that slept does not make workers look stuck. */
  #tickLater(): void {
    this.#cancelTick ??= this.#options.clock.schedule(TICK_MS, () => {
      this.#cancelTick = undefined;
      let busy = false;
      for (const seat of this.#pool.seats) busy = this.#watch(seat) || busy;
      if (busy && !this.#closed) this.#tickLater();
    });
  }

  #watch(seat: WorkerSeat): boolean {
    if (seat.isIdle) return false;
    seat.silentTicks = seat.link.heard === seat.heardBefore ? seat.silentTicks + 1 : 0;
    seat.heardBefore = seat.link.heard;
    seat.link.send({ t: "ping" });
    if (seat.silentTicks > SILENT_TICKS_MAX && !isLimited(seat)) {
      seat.killed ??= { kind: "silent", ms: SILENT_TICKS_MAX * TICK_MS };
      seat.link.kill();
    }
    return true;
  }
}

type Reply = Extract<WorkerReport, { t: "described" } | { t: "answer" }> | { readonly error: ErrorValue };

const UNEXPECTED: ErrorValue = { name: "Error", message: "the worker answered something else" };

/** A single attempt with a timeout has said itself how long it may compute. */
function isLimited(seat: WorkerSeat): boolean {
  const [only] = seat.held.values();
  return seat.held.size === 1 && only?.isLimited === true;
}
