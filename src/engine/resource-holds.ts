/**
 * What the attempts of this engine hold of the resources, and what there is of them.
 *
 * Owns: what it has read and not yet written. Owns not: the rows, which are every engine's.
 *
 * H1 What is taken is written in the transaction that claims, and given back in the one that settles; after one that
 *    threw, rows are read again.
 * H2 The pools were read in this transaction, or nobody else has written since.
 */
import type { Use } from "../core/lane.ts";
import { giveBack, type Pool, takeFromPool } from "../core/resource-pool.ts";
import type { RunState } from "../core/run-state.ts";
import type { TaskNode } from "../core/task-node.ts";
import type { ResourceRow } from "../store/resource-rows.ts";
import type { Rows } from "../store/rows.ts";
import { getTaskId, TASK_ROWS_PER_RUN } from "../store/task-id.ts";
import type { OwnedRuns } from "./owned-runs.ts";

export class ResourceHolds {
  readonly pools = new Map<string, Pool>();
  readonly #rows: Rows;
  /** By run, then by the index of the task. */
  readonly #held = new Map<number, Map<number, Use[]>>();
  #taken: { readonly taskId: number; readonly uses: readonly Use[] }[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  readPools(): void {
    this.pools.clear();
    const inUse = this.#rows.resources.listInUse();
    for (const row of this.#rows.resources.list()) this.pools.set(row.name, toPool(row, inUse.get(row.name) ?? 0));
  }

  /** After a transaction that threw: what nothing lives of is given back. */
  readHeld(engineId: number, { states, doomed }: Pick<OwnedRuns, "states" | "doomed">): void {
    this.#taken = [];
    this.#held.clear();
    const lost = new Set<number>();
    for (const { taskId, resource, amount } of this.#rows.resources.listHeld(engineId)) {
      const runId = Math.floor(taskId / TASK_ROWS_PER_RUN);
      const index = taskId % TASK_ROWS_PER_RUN;
      if (doomed.has(runId)) continue; // its attempts may live; what they hold goes with the run
      if (states.get(runId)?.nodes[index]?.isActive) this.#note(runId, index, [{ resource, amount }]);
      else lost.add(taskId);
    }
    if (lost.size > 0) this.#rows.resources.release([...lost]);
  }

  take(state: RunState, node: TaskNode, uses: readonly Use[], now: number): void {
    for (const { resource, amount } of uses) {
      const pool = this.pools.get(resource);
      if (pool !== undefined) takeFromPool(pool, amount, now);
    }
    this.#note(state.id, node.index, uses);
    this.#taken.push({ taskId: getTaskId(state.id, node.index), uses });
  }

  /** What has ended of the run gives back what it held. */
  release(state: RunState): void {
    const held = this.#held.get(state.id);
    if (held === undefined) return;
    const released: number[] = [];
    for (const [index, uses] of held) {
      if (state.nodes[index]?.isActive) continue;
      held.delete(index);
      released.push(getTaskId(state.id, index));
      for (const { resource, amount } of uses) {
        const pool = this.pools.get(resource);
        if (pool !== undefined) giveBack(pool, amount);
      }
    }
    if (held.size === 0) this.#held.delete(state.id);
    if (released.length > 0) this.#rows.resources.release(released);
  }

  /** Writes what was taken: once the rows of the tasks are there. */
  save(engineId: number): void {
    if (this.#taken.length === 0) return;
    const tats = new Map<string, number | null>();
    for (const { taskId, uses } of this.#taken) {
      for (const { resource, amount } of uses) {
        const pool = this.pools.get(resource);
        if (pool?.kind === "capacity") this.#rows.resources.hold({ taskId, resource, amount }, engineId);
        if (pool?.kind === "rate") tats.set(resource, pool.tatUs);
      }
    }
    for (const [resource, tatUs] of tats) if (tatUs !== null) this.#rows.resources.setTat(resource, tatUs);
    this.#taken = [];
  }

  #note(runId: number, index: number, uses: readonly Use[]): void {
    const held = this.#held.get(runId) ?? new Map<number, Use[]>();
    held.set(index, [...(held.get(index) ?? []), ...uses]);
    this.#held.set(runId, held);
  }
}

function toPool({ capacity, rateCount, rateWindowMs, burst, tat }: ResourceRow, inUse: number): Pool {
  if (rateCount === null || rateWindowMs === null) return { kind: "capacity", capacity: capacity ?? 0, inUse };
  return { kind: "rate", rate: { count: rateCount, windowMs: rateWindowMs, burst: burst ?? 1 }, tatUs: tat };
}
