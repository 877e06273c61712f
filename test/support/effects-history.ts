import type { Database } from "better-sqlite3";

/**
 * What tasks did to the world, against what the database has recorded. Tasks write an effect when they begin and when
 * they are done, in order, to a place that outlives their process.
 */
export interface Effect {
  readonly key: string;
  readonly attempt: number;
  readonly phase: "begin" | "done";
  /** Of the process, or of the life of an engine. */
  readonly pid: number;
}

/** Lines of JSON; a last line that a killed process has not finished is left out. */
export function parseEffects(text: string): Effect[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Effect);
}

/**
 * What is wrong with a history in which one process followed the other: an attempt that ran twice, two attempts of a task
 * side by side, or a process that worked on after its successor had begun.
 */
export function findOverlaps(effects: readonly Effect[]): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  const open = new Map<string, Effect>();
  const lives = new Set<number>();
  let current = -1;
  for (const effect of effects) {
    const { key, attempt, phase, pid } = effect;
    if (pid !== current && lives.has(pid)) wrong.push(`${pid} worked on after ${current} had begun: ${key}`);
    if (pid !== current) open.clear(); // what it had begun died with it
    current = pid;
    lives.add(pid);
    if (phase === "done") {
      open.delete(key);
      continue;
    }
    const other = open.get(key);
    if (other !== undefined) wrong.push(`${key}: attempt ${attempt} ran beside attempt ${other.attempt}`);
    if (seen.has(`${key}:${attempt}`)) wrong.push(`${key}: attempt ${attempt} ran twice`);
    seen.add(`${key}:${attempt}`);
    open.set(key, effect);
  }
  return wrong;
}

/** Idempotency keys of all results that are recorded. A map has none of its own, nor has a task that is a child run. */
export function listRecorded(sqlite: Database): string[] {
  return sqlite
    .prepare<[], string>(
      `SELECT r.uid || ':' || d.name || ':' || coalesce(t.item, '') || ':' || t.generation FROM task AS t
       JOIN run AS r ON r.id = t.run_id
       JOIN definition_task AS d ON d.definition_id = r.definition_id
         AND d.idx = CASE WHEN t.parent_id IS NULL THEN t.idx ELSE t.parent_id % (1 << 20) END
       WHERE t.status = 'succeeded' AND t.items_base IS NULL AND t.output IS NOT '[]'
         AND NOT EXISTS (SELECT 1 FROM run AS c WHERE c.parent_task_id = t.id)`,
    )
    .pluck()
    .all();
}

/** Recorded results whose effect is not there. */
export function findMissing(recorded: Iterable<string>, effects: readonly Effect[]): string[] {
  const done = new Set(effects.filter(({ phase }) => phase === "done").map(({ key }) => key));
  return [...recorded].filter((key) => !done.has(key));
}

/** What began although its result had been recorded before. */
export function findRecomputed(recorded: Iterable<string>, later: readonly Effect[]): string[] {
  const known = new Set(recorded);
  return later.filter(({ key, phase }) => phase === "begin" && known.has(key)).map(({ key }) => key);
}

/** Recorded results that are not there any more. */
export function findLost(before: Iterable<string>, after: Iterable<string>): string[] {
  const now = new Set(after);
  return [...before].filter((key) => !now.has(key));
}

/**
 * Where a task and its child runs say different things of how it ended, or an attempt has more than one child run: each of
 * them is one try that failed, or the last word.
 */
export function findDisagreements(sqlite: Database): unknown[] {
  return sqlite
    .prepare(
      `SELECT t.run_id AS run, t.idx, t.status, t.tries, t.attempt, count(*) AS children, sum(c.finished_at IS NULL) AS open,
         sum(c.status = 'failed') AS failed, sum(c.status = 'succeeded') AS succeeded
       FROM task AS t JOIN run AS c ON c.parent_task_id = t.id GROUP BY t.id
       HAVING open > (t.status = 'waiting') OR succeeded <> (t.status = 'succeeded') OR failed > t.tries OR children > t.attempt`,
    )
    .all();
}

/** What SQLite finds wrong with the file, and rows that its CHECKs cannot see. */
export function findDamage(sqlite: Database): unknown[] {
  const integrity = sqlite.pragma("integrity_check", { simple: true });
  const keys = sqlite.pragma("foreign_key_check") as unknown[];
  const unfinished = sqlite
    .prepare(
      `SELECT t.id, t.status FROM task AS t JOIN run AS r ON r.id = t.run_id
       WHERE r.finished_at IS NOT NULL AND t.status NOT IN ('succeeded', 'failed', 'skipped', 'canceled')`,
    )
    .all();
  const leaked = sqlite
    .prepare(
      `SELECT h.task_id, h.resource, h.amount, t.status FROM hold AS h
       JOIN task AS t ON t.id = h.task_id JOIN run AS r ON r.id = t.run_id JOIN engine AS e ON e.id = h.engine_id
       WHERE (h.amount > 0 AND t.status <> 'running') OR r.finished_at IS NOT NULL OR e.status IN ('ended', 'lost')`,
    )
    .all();
  return [...(integrity === "ok" ? [] : [integrity]), ...keys, ...unfinished, ...leaked];
}
