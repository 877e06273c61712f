import { and, eq, isNull, ne, or } from "drizzle-orm";
import type { Store } from "./open-store.ts";
import { engine } from "./schema.ts";

export type EngineKind = "run" | "daemon" | "library";

export interface EngineRow {
  readonly id: number;
  readonly lockFile: string;
  readonly status: "live" | "draining" | "ended" | "lost";
  readonly kind: EngineKind;
  readonly pid: number;
  readonly bootId: string;
}

/** `engine`: a row for each process that executes runs. Its lock file says whether it lives, never this row alone. */
export interface EngineRows {
  insert(row: Omit<EngineRow, "id" | "status"> & { host: string; version: string; startedAt: number }): number;
  mark(id: number, status: EngineRow["status"], endedAt: number | null): void;
  /** Those that have neither ended nor are known to be lost, but this one. */
  listOthers(id: number): EngineRow[];
  find(id: number): EngineRow | undefined;
  isStopRequested(id: number): boolean;
  requestStop(id: number, now: number): void;
}

export function createEngineRows({ db, sqlite }: Store): EngineRows {
  const stopRequested = sqlite
    .prepare<[number], number | null>("SELECT stop_requested_at FROM engine WHERE id = ?")
    .pluck();
  return {
    insert: (row) =>
      Number(
        db
          .insert(engine)
          .values({ ...row, status: "live" })
          .run().lastInsertRowid,
      ),
    mark(id, status, endedAt) {
      db.update(engine).set({ status, endedAt }).where(eq(engine.id, id)).run();
    },
    listOthers: (id) =>
      db
        .select()
        .from(engine)
        .where(and(ne(engine.id, id), or(eq(engine.status, "live"), eq(engine.status, "draining"))))
        .all(),
    find: (id) => db.select().from(engine).where(eq(engine.id, id)).get(),
    isStopRequested: (id) => (stopRequested.get(id) ?? null) !== null,
    requestStop(id, now) {
      db.update(engine)
        .set({ stopRequestedAt: now })
        .where(and(eq(engine.id, id), isNull(engine.stopRequestedAt)))
        .run();
    },
  };
}
