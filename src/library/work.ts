/**
 * A daemon inside a program: `work()`.
 *
 * Owns: the loop that fires slots. Owns not: the engine, which takes up what is queued whether this works or not.
 *
 * W1 It installs no signal handlers and prints nothing: what it meets is in the rows, or rejects.
 */

import { ConflictError } from "../core/errors.ts";
import { serializeOutput } from "../core/json-value.ts";
import type { Clock } from "../core/ports.ts";
import type { Engine } from "../engine/engine.ts";
import { LOOK_MS, LookLoop } from "../engine/look-loop.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { toProgramPlace } from "../engine/program-place.ts";
import { registerWorkflow, type Zones } from "../engine/register-workflow.ts";
import type { RunControl } from "../engine/run-control.ts";
import { SlotFirer } from "../engine/slot-firer.ts";
import { keepAlive } from "../platform/keep-alive.ts";
import { readLocalZone } from "../platform/local-zone.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import { getScheduleRows } from "../store/schedule-rows.ts";
import type { ProgramShelf, Shelved } from "./program-shelf.ts";

export interface WorkParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly control: RunControl;
  readonly shelf: ProgramShelf;
  readonly clock: Clock;
  readonly cwd: string;
  readonly newUid: () => string;
  readonly executes: boolean;
  /** How often to look while no slot waits for anything; left out: each second. Slots are fired when they are due. */
  readonly looksEveryMs?: number | undefined;
}

/** No run has this number: who watches it hears of the engine's end alone. */
const NO_RUN = 0;

export class Work {
  readonly #parts: WorkParts;
  readonly #firer: SlotFirer;
  #current: Promise<void> | undefined;
  #isLooking = false;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    const { store, clock, newUid, control, engine, shelf } = parts;
    this.#firer = new SlotFirer({
      ...{ store, clock, newUid, control, readZones, machine: engine.plans.machine },
      serves: (workflow) => shelf.list().some(({ program }) => program.spec.name === workflow),
      onQueued: () => engine.noteRequests(),
      log: () => {}, // W1
    });
  }

  /**
   * Registers the workflows that were given to `open` or used since, and fires their schedules until a signal aborts;
   * then ends what runs within its grace, and gives it back. Rejects where the engine cannot go on.
   */
  async run(signals: readonly AbortSignal[]): Promise<void> {
    if (!this.#parts.executes) {
      throw new ConflictError("work() executes runs, and this was opened with execute: false. Open it without.");
    }
    if (this.#current !== undefined) throw new ConflictError("work() is called already, and once is enough.");
    this.#current = this.#fireUntil(signals);
    try {
      await this.#current;
    } finally {
      this.#current = undefined;
    }
    await this.#parts.engine.stop();
  }

  /** True while it looks: what is due now may not have been fired yet. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  /** Resolves once no look is under way: then the store may be closed. Whoever works hears of what went wrong. */
  async awaitRest(): Promise<void> {
    await this.#current?.catch(() => {});
  }

  async #fireUntil(signals: readonly AbortSignal[]): Promise<void> {
    const ended = awaitEnd(this.#parts.engine, signals);
    const loop = new LookLoop({
      clock: this.#parts.clock,
      look: () => this.#look(),
      everyMs: () => this.#findRestMs(),
      findWaitMs: () => this.#firer.findWaitMs(),
      onPassing: () => {},
      onFatal: ended.reject,
    });
    try {
      this.#isLooking = true;
      await this.#register();
      await this.#look();
      loop.start();
      await ended.promise;
    } finally {
      this.#isLooking = false;
      ended.release();
      await loop.stop();
    }
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      await this.#firer.look();
      if (this.#parts.engine.isIdle) this.#parts.store.truncateWal();
    } finally {
      this.#isLooking = false;
    }
  }

  #findRestMs(): number {
    const { looksEveryMs = LOOK_MS, store } = this.#parts;
    return looksEveryMs > LOOK_MS && getScheduleRows(store).listAllPending().length > 0 ? LOOK_MS : looksEveryMs;
  }

  async #register(): Promise<void> {
    const { shelf, store, clock, cwd, engine } = this.#parts;
    const rows = getRows(store);
    const plans = new PlanCache(rows, engine.plans.machine);
    for (const shelved of shelf.list()) {
      await this.#readInputs(shelved);
      const scope = { rows, schedules: getScheduleRows(store), plans, ...readZones() };
      const workflow = { definition: shelved.definition, file: toProgramPlace(cwd), exportName: null, codeHash: null };
      await store.writeTransaction(() => registerWorkflow(scope, workflow, clock.now()));
    }
  }

  /** One that its schema refuses is none: the slots are missed for it, with that reason. */
  async #readInputs({ program }: Shelved): Promise<void> {
    for (const { name, input } of program.spec.schedules ?? []) {
      const inputJson = await readInput(program, input ?? {});
      this.#firer.setInput(program.spec.name, name, inputJson);
    }
  }
}

async function readInput(program: Shelved["program"], input: unknown): Promise<string | undefined> {
  try {
    return serializeOutput(await program.parseInput(input), "input") ?? "null";
  } catch {
    return undefined;
  }
}

function readZones(): Zones {
  return { localZone: readLocalZone(process.env) };
}

/** Until a signal aborts. Keeps the process alive meanwhile. */
function awaitEnd(engine: Engine, signals: readonly AbortSignal[]) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {}); // it may reject before anybody waits for it
  const letGo = keepAlive();
  const any = AbortSignal.any([...signals]);
  const onAbort = (): void => resolve();
  any.addEventListener("abort", onAbort, { once: true });
  if (any.aborted) resolve();
  const unwatch = engine.watch(NO_RUN, () => {}, reject);
  const release = (): void => {
    letGo();
    any.removeEventListener("abort", onAbort);
    unwatch();
  };
  return { promise, reject, release };
}
