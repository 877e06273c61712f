import { type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";

/** `status = 'a' OR status = 'b' …` for a CHECK: IN builds a temporary b-tree in every statement (+3 µs). */
export function oneOf(column: AnySQLiteColumn, values: readonly string[]): SQL {
  const tests = values.map((value) => sql`${column} = ${sql.raw(`'${value}'`)}`);
  return sql.join(tests, sql` OR `);
}
