import { sql } from "drizzle-orm";
import { ALL_ATTEMPTS } from "../core/check-resources.ts";
import { RUN_ROWS_MAX } from "../core/limits.ts";
import { findRateInstant } from "../core/resource-rate.ts";
import { formatRate } from "../core/resource-text.ts";
import type { ResourceRow } from "../store/resource-rows.ts";
import type { ReadStore } from "./once-per-store.ts";

/** What a ready task takes of a resource that it does not have yet. */
export interface ResourceWait {
  readonly resource: string;
  readonly amount: number;
  /** Null of a rate. */
  readonly capacity: number | null;
  readonly inUse: number | null;
  /** Who has it, the largest first, at most `HOLDERS_MAX` of them. */
  readonly holders: readonly ResourceHolder[];
  readonly holderCount: number;
  /** `80/min`; null of a capacity. */
  readonly rate: string | null;
  /** When a rate lets the next one through. */
  readonly freeAt: number | null;
  /** True where it is not enough now; false: others come first, or it is about to start. */
  readonly isLacking: boolean;
}

export interface ResourceHolder {
  readonly run: number;
  readonly task: string;
  readonly index: number | null;
  readonly amount: number;
}

const HOLDERS_MAX = 3;

interface SavedResource extends Omit<ResourceRow, "file"> {
  readonly inUse: number | null;
  readonly holderCount: number;
}

/** What a ready task that uses so much waits for; null: nothing. */
export type WaitReader = (uses: Readonly<Record<string, number>> | undefined) => ResourceWait[] | null;

/** Reads each resource once. */
export function createWaitReader(store: ReadStore): WaitReader {
  const known = new Map<string, { readonly row: SavedResource; readonly holders: ResourceHolder[] } | undefined>();
  const read = (name: string) => {
    if (!known.has(name)) {
      const row = readResource(store, name);
      known.set(name, row && { row, holders: row.capacity === null ? [] : listHolders(store, name) });
    }
    return known.get(name);
  };
  const readWait = (name: string, amount: number): ResourceWait[] => {
    const found = read(name);
    return found === undefined ? [] : [toWait(found.row, found.holders, amount)];
  };
  return (uses = {}) => {
    const ofAll = readWait(ALL_ATTEMPTS, 1).filter((wait) => wait.isLacking);
    const waits = [...ofAll, ...Object.entries(uses).flatMap(([name, amount]) => readWait(name, amount))];
    return waits.length === 0 ? null : waits;
  };
}

function readResource({ db }: ReadStore, name: string): SavedResource | undefined {
  return db.get<SavedResource | undefined>(sql`
    SELECT r.name, r.capacity, r.rate_count AS rateCount, r.rate_window_ms AS rateWindowMs, r.burst, r.tat,
      (SELECT sum(amount) FROM hold WHERE resource = r.name) AS inUse,
      (SELECT count(*) FROM hold WHERE resource = r.name AND amount > 0) AS holderCount
    FROM resource AS r WHERE r.name = ${name}`);
}

function listHolders({ db }: ReadStore, name: string): ResourceHolder[] {
  return db.all<ResourceHolder>(sql`
    SELECT r.id AS run, d.name AS task, t.item AS "index", h.amount FROM hold AS h
    JOIN task AS t ON t.id = h.task_id
    JOIN run AS r ON r.id = t.run_id
    JOIN definition_task AS d ON d.definition_id = r.definition_id
      AND d.idx = coalesce(t.parent_id, t.id) % ${RUN_ROWS_MAX}
    WHERE h.resource = ${name} AND h.amount > 0
    ORDER BY h.amount DESC, h.task_id LIMIT ${HOLDERS_MAX}`);
}

function toWait(row: SavedResource, holders: readonly ResourceHolder[], amount: number): ResourceWait {
  const { name, capacity, rateCount, rateWindowMs, holderCount } = row;
  const base = { resource: name, amount, holders, holderCount };
  if (rateCount === null || rateWindowMs === null) {
    const inUse = row.inUse ?? 0;
    const isLacking = inUse > 0 && amount > (capacity ?? 0) - inUse;
    return { ...base, capacity, inUse, rate: null, freeAt: null, isLacking };
  }
  const limit = { count: rateCount, windowMs: rateWindowMs, burst: row.burst ?? 1 };
  const freeAt = row.tat === null ? null : findRateInstant(limit, row.tat, amount, Math.floor(row.tat / 1_000));
  const rate = formatRate(rateCount, rateWindowMs);
  return { ...base, capacity: null, inUse: null, rate, freeAt, isLacking: freeAt !== null };
}
