/**
 * Lockstep as the command line runs it: the engine in this process, the tasks' functions in worker processes. What the
 * command does besides, parsing arguments and showing progress, is not in it, and neither is the start of the workers.
 */
import { join } from "node:path";
import type { CommandContext } from "../src/cli/command-context.ts";
import { type Execution, startExecution } from "../src/cli/execution.ts";
import { loadWorkflowFile } from "../src/cli/load-workflow.ts";
import { createWorkflowHost, type WorkflowHost } from "../src/cli/workflow-host.ts";
import type { Submission } from "../src/engine/submission.ts";
import { systemClock } from "../src/platform/clock.ts";
import type { Contender } from "./contender.ts";

export type WorkerShape = "chain" | "fan" | "many" | "single";

export interface WorkerSession {
  /** Runs of a workflow of worker-shapes.ts, submitted at once, after a first one; returns how many milliseconds they took. */
  run(shape: WorkerShape, runs: number, tasks: number): Promise<number>;
  warmUp(): Promise<unknown>;
  close(): Promise<void>;
}

/** Workers that have run for a moment, as those of a daemon: the engine's own code has run in every round before, too. */
export const lockstepWorkers = openWorkers("Lockstep, workers", true);
/** Workers that have just started, as those of `lockstep run`: their code is not compiled yet. */
export const lockstepNewWorkers = openWorkers("Lockstep, new workers", false);

/** What is run before the clock starts: 10,000 tasks, in a second. */
const WARM_ROUNDS = 9;

function openWorkers(name: string, isWarm: boolean): Contender<WorkerSession> {
  return { name, open: (folder) => openSession(folder, isWarm) };
}

async function openSession(folder: string, isWarm: boolean): Promise<WorkerSession> {
  const context = createSilentContext(folder);
  const host = createWorkflowHost(context);
  const execution = await startExecution(context, { db: join(folder, "lockstep.db") }, host);
  const submissions = new Map<WorkerShape, Submission>();
  const session: WorkerSession = {
    async run(shape, runs, tasks) {
      let submission = submissions.get(shape);
      if (submission === undefined) {
        submission = await createSubmission(host, shape);
        submissions.set(shape, submission);
        await runToEnd(execution, submission);
      }
      const before = countSucceeded(execution);
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: runs }, () => runToEnd(execution, submission)));
      const tookMs = performance.now() - startedAt;
      const done = countSucceeded(execution) - before;
      if (done !== tasks) throw new Error(`expected ${tasks} tasks to have succeeded, found ${done}`);
      return tookMs;
    },
    // The first attempts wait for the worker to start and to load the file.
    async warmUp() {
      await runToEnd(execution, await createSubmission(host, "warmUp"));
      expectOtherProcess(execution);
      for (let round = 0; isWarm && round < WARM_ROUNDS; round += 1) {
        await session.run("chain", 1, 100);
        await session.run("fan", 1, 1_002);
      }
    },
    async close() {
      await execution.close();
      await host.close();
    },
  };
  return session;
}

async function createSubmission(host: WorkflowHost, exportName: string): Promise<Submission> {
  const file = join(import.meta.dirname, "worker-shapes.ts");
  const { definition, folder, codeHash } = await loadWorkflowFile(host, { file, exportName });
  return { definition, inputJson: "null", mode: "foreground", cwd: folder, file, exportName, codeHash };
}

async function runToEnd({ engine }: Execution, submission: Submission): Promise<void> {
  const runId = await engine.submit(submission);
  const status = await new Promise<string>((resolve) => {
    const end = engine.watch(runId, (next) => {
      if (next !== "succeeded" && next !== "failed" && next !== "canceled") return;
      end();
      resolve(next);
    });
  });
  if (status !== "succeeded") throw new Error(`expected run ${runId} to succeed, found ${status}`);
}

function countSucceeded({ store }: Execution): number {
  const count = store.sqlite.prepare("SELECT count(*) FROM task WHERE status = 'succeeded'").pluck().get();
  return Number(count);
}

/** The output of the only task so far is the process that it ran in. */
function expectOtherProcess({ store }: Execution): void {
  const pid = Number(store.sqlite.prepare("SELECT output FROM task").pluck().get());
  if (!Number.isInteger(pid) || pid === process.pid) {
    throw new Error(`expected tasks to run in a worker process, found process ${pid}, and this one is ${process.pid}`);
  }
}

function createSilentContext(cwd: string): CommandContext {
  return {
    output: {
      writeOut: () => {},
      writeError: (text) => void process.stderr.write(text),
      outIsTerminal: false,
      errorIsTerminal: false,
      width: 80,
      color: false,
      unicode: false,
    },
    env: process.env,
    cwd,
    clock: systemClock,
    readInput: async () => "",
    onInterrupt: () => () => {},
  };
}
