import type { RunResult } from "better-sqlite3";
import { is, Param, Placeholder } from "drizzle-orm";
import type { Store } from "./open-store.ts";

/** A value that SQLite takes as it is. */
export type SqlValue = string | number | null;

interface BuiltQuery {
  toSQL(): { sql: string; params: unknown[] };
}

/**
 * The hottest statements are built with drizzle, so that names stay the schema's, and run by better-sqlite3 itself: a
 * prepared drizzle query costs 1.3 times as much. `Values` names the placeholders.
 */
export function prepareHot<Values extends Readonly<Record<keyof Values, SqlValue>>>(
  store: Store,
  query: BuiltQuery,
): (values: Values) => RunResult {
  const { sql, params } = query.toSQL();
  const statement = store.sqlite.prepare(sql);
  const names = params.map(findPlaceholderName);
  const args: SqlValue[] = params.map((param) => param as SqlValue);
  return (values) => {
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      if (name !== undefined) args[at] = values[name as keyof Values];
    }
    return statement.run(...args); // an array is read element by element
  };
}

function findPlaceholderName(param: unknown): string | undefined {
  if (is(param, Placeholder)) return param.name;
  return is(param, Param) && is(param.value, Placeholder) ? param.value.name : undefined;
}

/** Placeholders for columns, each named like its column. */
export function namePlaceholders<Name extends string>(
  names: readonly Name[],
  placeholder: (name: string) => unknown,
): Record<Name, never> {
  return Object.fromEntries(names.map((name) => [name, placeholder(name)])) as Record<Name, never>;
}
