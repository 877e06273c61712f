/** Lockstep through its library, in this process, at FULL. */
import { join } from "node:path";
import { type Lockstep, open, type Workflow } from "../src/index.ts";
import { type Contender, type Session, Tally } from "./contender.ts";
import { declareChain, declareFan, declareLayer } from "./shapes.ts";

export interface LockstepSession extends Session {
  /** Tasks that do not depend on each other. */
  runLayer(tasks: number): Promise<number>;
}

/** Runs of a workflow that this database has run once before, as nearly all runs are. */
export const lockstep = openLibrary("Lockstep, library", true);
/** The first run of a workflow: it also makes the program of it and records its definition. */
export const lockstepNew = openLibrary("Lockstep, new workflow", false);

function openLibrary(name: string, knows: boolean): Contender<LockstepSession> {
  return {
    name,
    open: async (folder) => new LibrarySession(await open({ db: join(folder, "lockstep.db"), sync: "full" }), knows),
  };
}

class LibrarySession implements LockstepSession {
  readonly #engine: Lockstep;
  readonly #tally = new Tally();
  readonly #knows: boolean;

  constructor(engine: Lockstep, knows: boolean) {
    this.#engine = engine;
    this.#knows = knows;
  }

  warmUp(): Promise<number> {
    return this.runChain(3);
  }

  runChain(tasks: number): Promise<number> {
    return this.#measure(declareChain(`chain-${tasks}`, tasks, this.#tally.work), 1, tasks);
  }

  runFan(width: number): Promise<number> {
    return this.#measure(declareFan(`fan-${width}`, width, this.#tally.work), 1, width + 2);
  }

  runLayer(tasks: number): Promise<number> {
    return this.#measure(declareLayer(`layer-${tasks}`, tasks, this.#tally.work), 1, tasks);
  }

  runMany(runs: number, tasks: number): Promise<number> {
    return this.#measure(declareChain(`many-${tasks}`, tasks, this.#tally.work), runs, tasks);
  }

  async runSingles(runs: number): Promise<number[]> {
    const single = declareChain("single", 1, this.#tally.work);
    if (this.#knows) await this.#time(single, 1, 1);
    const timesMs: number[] = [];
    for (let index = 0; index < runs; index += 1) timesMs.push(await this.#time(single, 1, 1));
    return timesMs;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #measure(wf: Workflow<unknown>, runs: number, tasksOfRun: number): Promise<number> {
    if (this.#knows) await this.#time(wf, 1, tasksOfRun);
    return await this.#time(wf, runs, tasksOfRun);
  }

  async #time(wf: Workflow<unknown>, runs: number, tasksOfRun: number): Promise<number> {
    const startedAt = performance.now();
    if (runs === 1) await this.#engine.run(wf, null);
    else await Promise.all(Array.from({ length: runs }, () => this.#engine.run(wf, null)));
    const tookMs = performance.now() - startedAt;
    this.#tally.expect(runs * tasksOfRun);
    return tookMs;
  }
}
