import { assert } from "../core/errors.ts";
import { OUTPUT_INLINE_BYTES_MAX } from "../core/limits.ts";
import type { Store } from "./open-store.ts";

/** `value`: JSON texts that are too large for the row that they belong to. Append-only. */
export interface ValueRows {
  /** Returns the new row's id. */
  insert(json: string): number;
  get(id: number): string;
}

/** True where a text stays in its own row. Counted in UTF-16 units: a bound on what a row costs, not on bytes of UTF-8. */
export function fitsInline(json: string): boolean {
  return json.length <= OUTPUT_INLINE_BYTES_MAX;
}

export function createValueRows({ sqlite }: Store): ValueRows {
  const insert = sqlite.prepare("INSERT INTO value (bytes, json) VALUES (?, ?)");
  const find = sqlite.prepare<[number], string>("SELECT json FROM value WHERE id = ?").pluck();
  return {
    insert: (json) => Number(insert.run(Buffer.byteLength(json), json).lastInsertRowid),
    get(id) {
      const json = find.get(id);
      assert(json !== undefined, `value ${id} is referred to and exists`);
      return json;
    },
  };
}
