/**
 * OpenWorkflow on its SQLite backend. Its worker polls, so a run that starts while the worker sleeps would wait for the
 * next poll: except for single runs, where that wait is what a user gets, runs are submitted first and the worker is
 * started then, which claims at once. A run counts as ended when its row says so, without the client's own polling.
 */
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { OpenWorkflow, type Worker } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { readNumber } from "./connections.ts";
import { type Contender, type Session, Tally } from "./contender.ts";

/** It refuses a run of more steps. */
export const OPENWORKFLOW_STEPS_MAX = 1_000;

type Shape = { readonly kind: "chain"; readonly tasks: number } | { readonly kind: "fan"; readonly width: number };

export function openWorkflow(concurrency: number): Contender {
  return {
    name: `OpenWorkflow, ${concurrency} at once`,
    open: async (folder) => new OpenWorkflowSession(join(folder, "openworkflow.db"), concurrency),
  };
}

/** What its own connection says, which no one else can ask. */
export function readOpenWorkflowSynchronous(file: string): number {
  const backend = BackendSqlite.connect(file);
  const connection: unknown = Reflect.get(backend, "db");
  try {
    if (typeof connection !== "object" || connection === null || !("prepare" in connection)) {
      throw new TypeError("expected OpenWorkflow's backend to hold its connection in `db`");
    }
    const { prepare } = connection;
    if (typeof prepare !== "function") throw new TypeError("expected a connection of node:sqlite");
    return readNumber(prepare.call(connection, "PRAGMA synchronous").get().synchronous);
  } finally {
    void backend.stop();
  }
}

class OpenWorkflowSession implements Session {
  readonly #backend: BackendSqlite;
  readonly #concurrency: number;
  readonly #tally = new Tally();
  #ended = 0;

  constructor(file: string, concurrency: number) {
    this.#backend = BackendSqlite.connect(file);
    this.#concurrency = concurrency;
  }

  warmUp(): Promise<number> {
    return this.runChain(3);
  }

  runChain(tasks: number): Promise<number> {
    return this.#measure({ kind: "chain", tasks }, 1, tasks);
  }

  runFan(width: number): Promise<number> {
    return this.#measure({ kind: "fan", width }, 1, width + 2);
  }

  runMany(runs: number, tasks: number): Promise<number> {
    return this.#measure({ kind: "chain", tasks }, runs, runs * tasks);
  }

  async runSingles(runs: number): Promise<number[]> {
    const { submit, worker } = this.#declare({ kind: "chain", tasks: 1 });
    await worker.start();
    const timesMs: number[] = [];
    for (let index = 0; index < runs; index += 1) {
      this.#ended = 0;
      const startedAt = performance.now();
      await this.#waitForEnd([await submit()]);
      timesMs.push(performance.now() - startedAt);
      this.#tally.expect(1);
    }
    await worker.stop();
    return timesMs;
  }

  close(): Promise<void> {
    return this.#backend.stop();
  }

  async #measure(shape: Shape, runs: number, tasks: number): Promise<number> {
    const { submit, worker } = this.#declare(shape);
    this.#ended = 0;
    const startedAt = performance.now();
    const ids: string[] = [];
    for (let index = 0; index < runs; index += 1) ids.push(await submit());
    await worker.start();
    await this.#waitForEnd(ids);
    const tookMs = performance.now() - startedAt;
    await worker.stop();
    this.#tally.expect(tasks);
    return tookMs;
  }

  #declare(shape: Shape): { submit: () => Promise<string>; worker: Worker } {
    const client = new OpenWorkflow({ backend: this.#backend });
    const work = this.#tally.work;
    const workflow = client.defineWorkflow({ name: "bench" }, async ({ step }) => {
      const middle = shape.kind === "chain" ? shape.tasks : 1;
      for (let index = 0; index < middle; index += 1) await step.run({ name: `task-${index}` }, work);
      if (shape.kind === "fan") {
        const width = Array.from({ length: shape.width }, (_, index) => index);
        await Promise.all(width.map((index) => step.run({ name: `wide-${index}` }, work)));
        await step.run({ name: "last" }, work);
      }
      this.#ended += 1;
      return null;
    });
    const submit = async () => (await workflow.run()).workflowRun.id;
    return { submit, worker: client.newWorker({ concurrency: this.#concurrency }) };
  }

  /** The functions have returned, and then the rows say it; only the last moments are looked up. */
  async #waitForEnd(ids: readonly string[]): Promise<void> {
    while (this.#ended < ids.length) await turn();
    for (const workflowRunId of ids) {
      while ((await this.#backend.getWorkflowRun({ workflowRunId }))?.status !== "completed") await turn();
    }
  }
}
