/**
 * Runs the workflows of a folder and fires their schedules.
 *
 * Owns: which workflows are served, and the look each second. Owns not: the engine and the host, which its maker starts
 * before it and stops after it.
 *
 * D1 Looks do not overlap; `stop` waits for the one that is under way.
 */
import { dirname } from "node:path";
import type { Clock } from "../core/ports.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { fireSlots } from "../engine/fire-slots.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { registerWorkflow, removeWorkflow } from "../engine/register-workflow.ts";
import type { RunControl } from "../engine/run-control.ts";
import type { ModuleDescription } from "../runners/describe-module.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import { getScheduleRows, type ScheduleRow } from "../store/schedule-rows.ts";
import { WorkflowsFolder } from "./workflows-folder.ts";

const LOOK_MS = 1_000;
/** After a longer break than this, slots that are due were not watched. */
const BREAK_MS = 60_000;
/** The cursor moves so often at least: by it a clock that was set is known. */
const CURSOR_MS = 30_000;

export interface DaemonParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly newUid: () => string;
  readonly control: RunControl;
  readonly folder: string;
  readonly localZone: () => string;
  /** The zone of schedules that name none. */
  readonly defaultZone: () => string;
  readonly mayHoldWorkflow: (file: string) => boolean;
  readonly describe: (file: string) => Promise<ModuleDescription>;
  readonly bind: (definitionHash: string, description: ModuleDescription) => void;
  readonly parseInput: (definitionHash: string, inputJson: string) => Promise<string>;
  /** Runs were queued. */
  readonly onQueued: () => void;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
  readonly onFatal: (error: Error) => void;
}

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #folder: WorkflowsFolder;
  readonly #served = new Map<string, ModuleDescription>();
  readonly #inputs = new Map<string, string>();
  readonly #bound = new Set<number>();
  #watchedSinceAt: number;
  #lookedAt: number;
  #cancel: (() => void) | undefined;
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#watchedSinceAt = parts.clock.now();
    this.#lookedAt = this.#watchedSinceAt;
    const { folder, clock, mayHoldWorkflow, describe } = parts;
    this.#folder = new WorkflowsFolder({
      ...{ folder, mayHoldWorkflow, describe, now: () => clock.now() },
      onLoaded: (description) => this.#load(description),
      onBroken: (file, error) => this.#noteBroken(file, error),
      onGone: (file) => this.#remove(file),
    });
  }

  /** Loads the folder and fires what is due, once. */
  async lookOnce(): Promise<void> {
    await this.#folder.look(true);
    await this.#fireAll();
  }

  start(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#parts.clock.schedule(LOOK_MS, () => {
      this.#looking = this.#look().then(() => this.start(), this.#parts.onFatal); // D1
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#looking;
  }

  /** Whether it takes up a queued run: one of a workflow that it serves, even where the run's graph is older. */
  knows(run: RunRow): boolean {
    const description = this.#served.get(run.workflow);
    if (description === undefined) return false;
    if (this.#bound.has(run.definitionId)) return true;
    this.#parts.bind(getRows(this.#parts.store).definitions.get(run.definitionId).hash, description);
    this.#bound.add(run.definitionId);
    return true;
  }

  async #look(): Promise<void> {
    const now = this.#parts.clock.now();
    if (Math.abs(now - this.#lookedAt) > BREAK_MS) this.#watchedSinceAt = now;
    this.#lookedAt = now;
    await this.#folder.look();
    await this.#fireAll();
  }

  async #fireAll(): Promise<void> {
    const now = this.#parts.clock.now();
    const schedules = getScheduleRows(this.#parts.store);
    for (const row of schedules.list()) {
      const isDue = row.nextAt === null || row.nextAt <= now || Math.abs(now - row.cursorAt) > CURSOR_MS;
      if (!isDue && schedules.listPending(row.id).length === 0) continue;
      if (row.removedAt !== null && row.cursorAt >= row.removedAt) continue;
      if (row.removedAt === null && !this.#served.has(row.workflow)) continue;
      await this.#fire(row);
    }
  }

  async #fire(row: ScheduleRow): Promise<void> {
    const { store, control, newUid, clock, log, onQueued } = this.#parts;
    const rows = getRows(store);
    const findInput = (workflow: string, name: string) => this.#inputs.get(`${workflow}\n${name}`);
    for (let hasMore = true; hasMore; ) {
      const result = await store.writeTransaction(() => {
        const plans = new PlanCache(rows);
        const watchedSinceAt = this.#watchedSinceAt;
        const scope = { rows, schedules: getScheduleRows(store), plans, control, newUid, watchedSinceAt, findInput };
        return fireSlots(scope, row.id, clock.now());
      });
      hasMore = result.hasMore;
      if (result.isHeld) log("clock.held", { workflow: row.workflow, schedule: row.name });
      for (const run of result.started) log("slot.fired", { workflow: row.workflow, schedule: row.name, run });
      if (result.started.length > 0) onQueued();
    }
  }

  async #load(description: ModuleDescription): Promise<void> {
    const { store, clock, localZone, defaultZone, log, onQueued } = this.#parts;
    const { file, codeHash } = description;
    for (const { specJson, definitionHash, exportName } of description.workflows) {
      const spec: WorkflowSpec = JSON.parse(specJson);
      await this.#readInputs(spec, definitionHash);
      const definition = { hash: definitionHash, specJson, spec };
      const rows = getRows(store);
      await store.writeTransaction(() => {
        const zones = { localZone: localZone(), defaultZone: defaultZone() };
        const scope = { rows, schedules: getScheduleRows(store), plans: new PlanCache(rows), ...zones };
        registerWorkflow(scope, { definition, file, exportName: exportName ?? null, codeHash }, clock.now());
      });
      this.#served.set(spec.name, { ...description, ...(exportName === undefined ? {} : { exportName }) });
      log("workflow.loaded", { workflow: spec.name, file, folder: dirname(file) });
    }
    this.#bound.clear(); // new attempts run the new code
    onQueued();
  }

  /** An input that its schema refuses is no input: the slots are missed for it. */
  async #readInputs(spec: WorkflowSpec, definitionHash: string): Promise<void> {
    for (const { name, input } of spec.schedules ?? []) {
      const key = `${spec.name}\n${name}`;
      try {
        this.#inputs.set(key, await this.#parts.parseInput(definitionHash, JSON.stringify(input ?? {})));
      } catch (error) {
        this.#inputs.delete(key);
        this.#parts.log("schedule.bad_input", { workflow: spec.name, schedule: name, error: String(error) });
      }
    }
  }

  async #noteBroken(file: string, error: Error): Promise<void> {
    const { store, log } = this.#parts;
    const errorJson = JSON.stringify({ message: error.message });
    await store.writeTransaction(() => getScheduleRows(store).setFileError(file, errorJson));
    log("workflow.broken", { file, error: error.message });
  }

  async #remove(file: string): Promise<void> {
    const { store, clock, log } = this.#parts;
    for (const [name, description] of this.#served) {
      if (description.file !== file) continue;
      await store.writeTransaction(() => removeWorkflow(getScheduleRows(store), name, clock.now()));
      this.#served.delete(name);
      log("workflow.removed", { workflow: name, file });
    }
  }
}
