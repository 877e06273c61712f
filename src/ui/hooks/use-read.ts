import { useEffect, useId, useRef } from "react";
import { useUi } from "../ui-context.ts";

interface LastRead<Value> {
  readonly version: number;
  readonly key: string;
  readonly at: number;
  readonly costMs: number;
  readonly value: Value;
}

/** A read that costs more than this is not repeated at once, however often the database changes. */
const CHEAP_MS = 20;
/** A costly read takes at most this part of the time. */
const REST_FACTOR = 9;

/**
 * What `read` gives, read anew when the database or `key` has changed. Where it cannot be read, the last value stays, and
 * the trouble is noted; undefined: it could not be read yet.
 */
export function useRead<Value>(read: () => Value, key: string): Value | undefined {
  const { version, ports, noteTrouble } = useUi();
  const last = useRef<LastRead<Value> | undefined>(undefined);
  const trouble = useRef<string | null>(null);
  const found = last.current;
  const startedAt = ports.clock.now();
  const isResting = found !== undefined && found.costMs > CHEAP_MS && startedAt - found.at < found.costMs * REST_FACTOR;
  if (found === undefined || found.key !== key || (found.version !== version && !isResting)) {
    try {
      const value = read();
      const at = ports.clock.now();
      last.current = { version, key, at, costMs: at - startedAt, value };
      trouble.current = null;
    } catch (error) {
      trouble.current = error instanceof Error ? error.message : String(error);
    }
  }
  const reader = useId();
  useEffect(() => noteTrouble(reader, trouble.current));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a reader that is gone has no trouble
  useEffect(() => () => noteTrouble(reader, null), []);
  return last.current?.value;
}
