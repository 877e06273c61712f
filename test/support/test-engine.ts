import { hostname } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Ambient } from "../../src/core/ports.ts";
import type { RunStatus } from "../../src/core/run-status.ts";
import type { Workflow } from "../../src/definition/workflow-builder.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/engine-parts.ts";
import { createRunControl, type RunControl } from "../../src/engine/run-control.ts";
import type { Submission } from "../../src/engine/submission.ts";
import { ProgramShelf } from "../../src/library/program-shelf.ts";
import { createSeededChance } from "../../src/platform/chance.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { createSimulatedClock, type SimulatedClock } from "../../src/platform/simulated-clock.ts";
import { newUid } from "../../src/platform/uid.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import type { Runner } from "../../src/runners/runner.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { getRows, type Rows } from "../../src/store/rows.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

// biome-ignore lint/suspicious/noExplicitAny: a list of workflows with any inputs
export type AnyWorkflow = Workflow<any, any>;

export interface TestEngineOptions {
  readonly workflows: readonly AnyWorkflow[];
  /** Of an existing database; default: a new one. */
  readonly path?: string;
  readonly clock?: SimulatedClock;
  readonly seed?: number;
  readonly places?: EngineParts["places"];
  /** Puts something between the engine and its store. */
  readonly wrap?: (store: Store) => Store;
  readonly onFatal?: (error: Error) => void;
  readonly onTurn?: EngineParts["onTurn"];
  readonly machine?: EngineParts["machine"];
  readonly tasksMax?: number;
  /** In place of the one that runs the functions of the workflows; it then knows every workflow. */
  readonly runner?: Runner;
  /** Left out: it starts. */
  readonly isIdle?: true;
}

/** An engine as the library builds it, on a real file with a real lock, under a clock that the test turns. */
export interface TestEngine {
  readonly engine: Engine;
  readonly store: Store;
  readonly rows: Rows;
  readonly control: RunControl;
  readonly clock: SimulatedClock;
  readonly path: string;
  /** Hands in a run; resolves with its number once it is committed. */
  submit(workflow: AnyWorkflow, options?: Partial<Submission>): Promise<number>;
  /** What a submission of the workflow is. */
  toSubmission(workflow: AnyWorkflow, options?: Partial<Submission>): Submission;
  /** Turns the clock until the run has such a status; default: until it is final. */
  reach(runId: number, statuses?: readonly RunStatus[]): Promise<RunStatus>;
  /** Turns the clock until the promise settles. */
  drive<T>(promise: Promise<T>): Promise<T>;
  /** `name: status` of all declared tasks, in order, or `name: status reason`. */
  statuses(runId: number): Record<string, string>;
  change(work: (control: RunControl) => void): void;
  stop(): Promise<void>;
}

const FINAL: readonly RunStatus[] = ["succeeded", "failed", "canceled"];

export async function startTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  const path = options.path ?? join(createTemporaryFolder(), "state", "lockstep.db");
  const clock = options.clock ?? createSimulatedClock();
  const ambient: Ambient = { clock, chance: createSeededChance(options.seed ?? 1), newUid };
  const opened = await openStore({ path, access: "execute", clock });
  const store = options.wrap?.(opened) ?? opened;
  const shelf = new ProgramShelf();
  for (const workflow of options.workflows) shelf.keep(workflow);
  const locks = createEngineLocks(path);
  const findProgram = (hash: string, name: string) => shelf.find(hash, name);
  const engine = new Engine({
    ...{ store, ambient, locks, runner: options.runner ?? createInProcessRunner({ clock, findProgram }) },
    identity: { kind: "library", pid: process.pid, bootId: "boot", host: hostname(), version: "test" },
    places: options.places ?? { function: 1_000, command: 4 },
    logsDir: null,
    findCode: (workflow, definitionHash) => shelf.findCode(definitionHash, workflow),
    knows: (run) => options.runner !== undefined || shelf.knows(run.workflow),
    onFatal: options.onFatal ?? (() => {}),
    ...(options.machine === undefined ? {} : { machine: options.machine }),
    ...(options.tasksMax === undefined ? {} : { tasksMax: options.tasksMax }),
    ...(options.onTurn === undefined ? {} : { onTurn: options.onTurn }),
  });
  const stop = (): Promise<void> => drive(clock, engine.stop()).finally(() => opened.close());
  onTestFinished(() => stop().catch(() => {})); // one whose store was made to fail has nothing to give back
  if (options.isIdle === undefined) await engine.start();
  const rows = getRows(store);
  const control = createRunControl({ rows, plans: engine.plans, locks, now: () => clock.now() });
  const toSubmission = (workflow: AnyWorkflow, more: Partial<Submission> = {}): Submission => ({
    ...{ definition: shelf.keep(workflow).definition, inputJson: "{}", mode: "detached", cwd: "/", ...more },
  });
  return {
    ...{ engine, store, rows, control, clock, path, toSubmission, stop },
    submit: (workflow, more) => engine.submit(toSubmission(workflow, more)),
    drive: (promise) => drive(clock, promise),
    reach: (runId, statuses = FINAL) => drive(clock, awaitStatus(engine, rows, runId, statuses)),
    statuses: (runId) => readStatuses(store, rows, runId),
    change(work) {
      store.transaction(() => work(control));
      engine.noteRequests();
    },
  };
}

async function awaitStatus(
  engine: Engine,
  rows: Rows,
  runId: number,
  statuses: readonly RunStatus[],
): Promise<RunStatus> {
  const now = rows.runs.get(runId).status;
  if (statuses.includes(now)) return now;
  const { promise, resolve, reject } = Promise.withResolvers<RunStatus>();
  const unwatch = engine.watch(runId, (status) => statuses.includes(status) && resolve(status), reject);
  return await promise.finally(unwatch);
}

/** Turns of the event loop before the clock moves on: what needs no time is over by then. */
const QUIET_TURNS = 6;
/** A promise that has not settled after so many steps of the clock never will. */
const STEPS_MAX = 20_000;

async function drive<T>(clock: SimulatedClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = (): void => {
    isSettled = true;
  };
  promise.then(done, done);
  for (let steps = 0; ; steps++) {
    await takeTurns(QUIET_TURNS);
    if (isSettled) return await promise;
    if (steps > STEPS_MAX) throw new Error("it hangs: nothing came of so many steps of the clock");
    clock.advanceToNext();
  }
}

export async function takeTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function readStatuses({ sqlite }: Store, rows: Rows, runId: number): Record<string, string> {
  const { spec } = rows.definitions.get(rows.runs.get(runId).definitionId);
  const read = sqlite.prepare<[number, number], { idx: number; status: string; reason: string | null }>(
    "SELECT idx, status, reason FROM task WHERE run_id = ? AND idx < ? ORDER BY idx",
  );
  return Object.fromEntries(
    read
      .all(runId, spec.tasks.length)
      .map(({ idx, status, reason }) => [spec.tasks[idx]?.id, reason === null ? status : `${status} ${reason}`]),
  );
}
