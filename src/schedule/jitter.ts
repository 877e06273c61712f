import { createHash } from "node:crypto";

/** 2 ** 48: as many bits as a number can scale without loss. */
const HASH_BYTES = 6;
const HASH_RANGE = 2 ** (8 * HASH_BYTES);

/**
 * When a slot is fired: at its instant, plus up to `jitterMs`. The delay is a hash of schedule and instant, so every
 * engine and every restart comes to the same, and different schedules of one minute spread. It ends before `nextDueAt`.
 */
export function getFireAt(scheduleKey: string, dueAt: number, jitterMs: number, nextDueAt: number | undefined): number {
  const spanMs = Math.min(jitterMs, (nextDueAt ?? Number.POSITIVE_INFINITY) - dueAt);
  if (spanMs <= 0) return dueAt;
  const hash = createHash("sha256").update(`${scheduleKey}\n${dueAt}`).digest().readUIntBE(0, HASH_BYTES);
  return dueAt + Math.floor((hash / HASH_RANGE) * spanMs);
}
