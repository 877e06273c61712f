import type { Fact, RunState } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";

/**
 * `event`: one row holds the facts of one transaction; its id is the seq of the last of them. A fact about many tasks
 * counts once for each task. Where they are about several runs, the row has no `run_id` and each fact says its `run`.
 */
export interface EventRows {
  insert(runId: number | null, facts: readonly Fact[], at: number): void;
  /** What one turn notes of its runs. */
  insertOfRuns(states: readonly RunState[], at: number): void;
}

/** A fact in a row about several runs. */
export type FactOfRun = Fact & { readonly run?: number };

export function createEventRows({ sqlite }: Store): EventRows {
  const statement = sqlite.prepare(
    "INSERT INTO event (id, at, run_id, data) VALUES ((SELECT coalesce(max(id), 0) FROM event) + ?, ?, ?, ?)",
  );
  const insert = (runId: number | null, facts: readonly FactOfRun[], at: number): void => {
    if (facts.length === 0) return;
    let count = 0;
    for (const fact of facts) count += fact.tasks?.length ?? 1;
    statement.run(count, at, runId, JSON.stringify(facts));
  };
  return {
    insert,
    insertOfRuns(states, at) {
      const [first, second] = states;
      if (first === undefined) return;
      if (second === undefined) return insert(first.id, first.events, at);
      const facts: FactOfRun[] = [];
      for (const { id, events } of states) for (const fact of events) facts.push({ run: id, ...fact });
      insert(null, facts, at);
    },
  };
}
