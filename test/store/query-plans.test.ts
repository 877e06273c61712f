import { expect, test } from "vitest";
import { createNoticeRows } from "../../src/store/notice-rows.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { openTestStore } from "../support/open-test-store.ts";

/** They grow with each run, or with what is told of it. */
const LONG = ["run", "task", "attempt", "event", "value", "checkpoint", "decision", "notice", "slot"];

/** Indexes of what waits alone: a walk along them is as short as that. */
const WAITING = ["slot_pending", "notice_pending"];

/** What an engine and the notices of a daemon prepare on a file. */
async function prepareAll(): Promise<{ store: Store; statements: Set<string> }> {
  const store = await openTestStore();
  const statements = new Set<string>();
  const { sqlite } = store;
  const prepare = sqlite.prepare.bind(sqlite);
  const record = (text: string) => {
    statements.add(text);
    return prepare(text);
  };
  sqlite.prepare = record as typeof sqlite.prepare;
  getRows(store);
  createNoticeRows(store);
  getScheduleRows(store);
  sqlite.prepare = prepare as typeof sqlite.prepare;
  sqlite.pragma("foreign_keys = OFF"); // what is explained is the statement, not what its keys would ask
  return { store, statements };
}

/** The names of tables that a statement walks from end to end, an alias as the table that it stands for. */
function listWalked({ sqlite }: Store, statement: string): string[] {
  const names = [...statement.matchAll(/@\w+/g)].map(([name]) => [name.slice(1), null]);
  const values = [...statement.matchAll(/\?/g)].map(() => null);
  const explain = sqlite.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${statement}`);
  const steps = names.length === 0 ? explain.all(...values) : explain.all(...values, Object.fromEntries(names));
  return steps.flatMap(({ detail }) => {
    const name = /^SCAN (\w+)\b/.exec(detail)?.[1];
    if (name === undefined || WAITING.some((index) => detail.endsWith(` USING INDEX ${index}`))) return [];
    const table = new RegExp(String.raw`"?(\w+)"? AS "?${name}"?\b`, "i").exec(statement)?.[1] ?? name;
    return LONG.includes(table) ? [table] : [];
  });
}

test("no statement of an engine or of the notices walks a table that grows with the runs", async () => {
  const { store, statements } = await prepareAll();
  const walks = [...statements].filter((text) => listWalked(store, text).length > 0);
  expect(statements.size).toBeGreaterThan(100);
  // Once an hour, of what was told long ago.
  expect(walks).toEqual(["DELETE FROM notice WHERE status <> 'pending' AND created_at < ?"]);
});

test("a walk is seen, also under another name, and what is due is looked for among what waits alone", async () => {
  const { store, statements } = await prepareAll();
  expect(listWalked(store, "SELECT id FROM run WHERE cwd = ?")).toEqual(["run"]);
  expect(listWalked(store, "SELECT count(*) FROM run")).toEqual(["run"]); // along an index
  expect(listWalked(store, "SELECT t.id FROM run AS r JOIN task AS t ON t.run_id = r.id WHERE r.id = @id")).toEqual([
    "task",
  ]);
  const due = [...statements].filter((text) => text.includes("FROM notice") && text.includes("due_at <="));
  const steps = due.map((text) => store.sqlite.prepare(`EXPLAIN QUERY PLAN ${text}`).all(0, "[]", 0));
  expect(steps.map((each) => JSON.stringify(each).includes("USING INDEX notice_pending"))).toEqual([true, true]);
});
