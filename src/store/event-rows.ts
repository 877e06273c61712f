import type { Fact, RunState } from "../core/run-state.ts";
import type { Store } from "./open-store.ts";

/**
 * `event`: one row holds the facts of one transaction; its id is the seq of the last of them. A fact about many tasks
 * counts once for each task. Where they are about several runs, the row has no `run_id`, and what the same happened to is
 * told once: `[{"runs":[7,8],"facts":[…]}]`.
 */
export interface EventRows {
  insert(runId: number | null, facts: readonly Fact[], at: number): void;
  /** What one turn notes of its runs. */
  insertOfRuns(states: readonly RunState[], at: number): void;
}

interface FactsOfRuns {
  readonly runs: readonly number[];
  readonly facts: readonly Fact[];
}

/** `run`: as rows about several runs had it for each fact, before runs shared them. */
type SavedFacts = FactsOfRuns | (Fact & { readonly run?: number; readonly runs?: undefined });

export type FactOfRun = Fact & { readonly run: number | null };

/** The facts of a row: first all of its first run. */
export function parseFacts(data: string, runId: number | null): FactOfRun[] {
  const saved: readonly SavedFacts[] = JSON.parse(data);
  return saved.flatMap((each): FactOfRun[] =>
    each.runs === undefined
      ? [{ ...each, run: each.run ?? runId }]
      : each.runs.flatMap((run) => each.facts.map((fact) => ({ ...fact, run }))),
  );
}

export function createEventRows({ sqlite }: Store): EventRows {
  const statement = sqlite.prepare(
    "INSERT INTO event (id, at, run_id, data) VALUES ((SELECT coalesce(max(id), 0) FROM event) + ?, ?, ?, ?)",
  );
  const insert = (runId: number | null, facts: readonly Fact[], at: number): void => {
    if (facts.length > 0) statement.run(countFacts(facts), at, runId, JSON.stringify(facts));
  };
  return {
    insert,
    insertOfRuns(states, at) {
      const [first, second] = states;
      if (first === undefined) return;
      if (second === undefined) return insert(first.id, first.events, at);
      const groups = groupRuns(states);
      const count = groups.reduce((sum, { runs, facts }) => sum + runs.length * countFacts(facts), 0);
      if (count > 0) statement.run(count, at, null, JSON.stringify(groups));
    },
  };
}

function countFacts(facts: readonly Fact[]): number {
  let count = 0;
  for (const fact of facts) count += fact.tasks?.length ?? 1;
  return count;
}

/** Runs that follow each other and to which the same has happened. */
function groupRuns(states: readonly RunState[]): FactsOfRuns[] {
  const groups: { runs: number[]; facts: readonly Fact[] }[] = [];
  for (const { id, events } of states) {
    if (events.length === 0) continue;
    const last = groups.at(-1);
    if (last !== undefined && areSame(last.facts, events)) last.runs.push(id);
    else groups.push({ runs: [id], facts: events });
  }
  return groups;
}

function areSame(one: readonly Fact[], other: readonly Fact[]): boolean {
  if (one.length !== other.length) return false;
  return one.every((fact, at) => {
    const { kind, task, tasks, data } = other[at] as Fact;
    return fact.kind === kind && fact.task === task && areSameTasks(fact.tasks, tasks) && isSameData(fact.data, data);
  });
}

function areSameTasks(one: readonly number[] = [], other: readonly number[] = []): boolean {
  return one.length === other.length && one.every((task, at) => task === other[at]);
}

function isSameData(one: Fact["data"], other: Fact["data"]): boolean {
  return one === other || (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other));
}
