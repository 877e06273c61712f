/**
 * Runs the workflows of a folder and fires their schedules.
 *
 * Owns: when it looks. Owns not: which workflows are served (served workflows), the slots (slot firer), the engine and
 * the host, which its maker starts before it and stops after it.
 *
 * D1 `stop` waits for what is under way.
 * D2 Slots are fired while a file is being loaded, however long that takes: they have a loop each.
 */
import type { Clock } from "../core/ports.ts";
import { LookLoop, type LookLoopOptions } from "../engine/look-loop.ts";
import type { PlanCache } from "../engine/plan-cache.ts";
import type { Zones } from "../engine/register-workflow.ts";
import type { RunControl } from "../engine/run-control.ts";
import { SlotFirer } from "../engine/slot-firer.ts";
import type { ModuleDescription } from "../runners/describe-module.ts";
import type { Store } from "../store/open-store.ts";
import type { RunRow } from "../store/run-rows.ts";
import { ServedWorkflows } from "./served-workflows.ts";
import { WorkflowsFolder } from "./workflows-folder.ts";

export interface DaemonParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly newUid: () => string;
  readonly control: RunControl;
  /** What the machine has for all runs; undefined: no config says. */
  readonly machine: PlanCache["machine"];
  readonly folder: string;
  readonly readZones: () => Zones;
  readonly mayHoldWorkflow: (file: string) => boolean;
  readonly describe: (file: string) => Promise<ModuleDescription>;
  readonly bind: (definitionHash: string, description: ModuleDescription) => void;
  readonly parseInput: (definitionHash: string, inputJson: string) => Promise<string>;
  /** Whether the engine has nothing to do: the moment to shorten the write-ahead log. */
  readonly isQuiet: () => boolean;
  /** Runs were queued. */
  readonly onQueued: () => void;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
  readonly onFatal: (error: Error) => void;
}

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #folder: WorkflowsFolder;
  readonly #served: ServedWorkflows;
  readonly #firer: SlotFirer;
  readonly #loops: readonly LookLoop[];
  #first: Promise<void> = Promise.resolve();

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    const { folder, clock, mayHoldWorkflow, describe } = parts;
    this.#firer = new SlotFirer({ ...parts, serves: (workflow) => this.#served.has(workflow) });
    this.#served = new ServedWorkflows({
      ...parts,
      setInput: (workflow, schedule, inputJson) => this.#firer.setInput(workflow, schedule, inputJson),
      onFreed: (file) => this.#folder.forget(file),
    });
    this.#folder = new WorkflowsFolder({
      ...{ folder, mayHoldWorkflow, describe, now: () => clock.now() },
      onLoaded: (description) => this.#served.load(description),
      onBroken: (file, error) => this.#served.noteBroken(file, error),
      onGone: (file) => this.#served.removeFile(file),
    });
    this.#loops = [
      this.#createLoop({ look: () => this.#folder.look() }), // D2
      this.#createLoop({ look: () => this.#fire(), findWaitMs: () => this.#firer.findWaitMs() }),
    ];
  }

  /** Loads the folder and fires what is due, once. */
  async lookOnce(): Promise<void> {
    const look = this.#lookFirst();
    this.#first = look.catch(() => {}); // the caller is told; `stop` only waits for its end
    await look;
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** D1 */
  async stop(): Promise<void> {
    await Promise.all([this.#first, ...this.#loops.map((loop) => loop.stop())]);
  }

  /** Whether it takes up a queued run: one of a workflow that it serves, even where the run's graph is older. */
  knows(run: RunRow): boolean {
    return this.#served.knows(run);
  }

  async #lookFirst(): Promise<void> {
    await this.#folder.look(true);
    this.#served.endFirstLook();
    await this.#served.removeAbsent(this.#parts.folder);
    await this.#firer.look();
  }

  async #fire(): Promise<void> {
    await this.#firer.look();
    if (this.#parts.isQuiet()) this.#parts.store.truncateWal();
  }

  #createLoop(what: Pick<LookLoopOptions, "look" | "findWaitMs">): LookLoop {
    const { clock, onFatal, log } = this.#parts;
    return new LookLoop({
      ...{ ...what, clock, onFatal },
      onPassing: (error) => log("look.failed", { error: error.message }),
    });
  }
}
