import type { Fact } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";

/**
 * `event`: one row holds the facts of one transaction about one run; its id is the seq of the last of them. A fact about
 * many tasks counts once for each task.
 */
export interface EventRows {
  insert(runId: number | null, facts: readonly Fact[], at: number): void;
}

export function createEventRows({ sqlite }: Store): EventRows {
  const insert = sqlite.prepare(
    "INSERT INTO event (id, at, run_id, data) VALUES ((SELECT coalesce(max(id), 0) FROM event) + ?, ?, ?, ?)",
  );
  return {
    insert(runId, facts, at) {
      if (facts.length === 0) return;
      let count = 0;
      for (const fact of facts) count += fact.tasks?.length ?? 1;
      insert.run(count, at, runId, JSON.stringify(facts));
    },
  };
}
