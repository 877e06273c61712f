/**
 * Removes what the config's retention lets go, once an hour.
 *
 * Owns: when. Owns not: what goes (engine/prune-runs.ts).
 *
 * T1 Rounds do not overlap; `stop` ends the one that is under way between two transactions, and waits for it.
 */
import { describeError } from "../core/describe-error.ts";
import { toErrorValue } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { pruneLogs, removeRunLogs } from "../engine/prune-logs.ts";
import { pruneNotices, pruneRuns } from "../engine/prune-runs.ts";
import type { Store } from "../store/open-store.ts";

const EVERY_MS = 3_600_000;
/** After the start: what is due has its turn first. */
const FIRST_MS = 60_000;
/** Between two transactions: a tenth of the time, at most, goes into it. */
const PAUSE_MS = 50;

export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logsDir: string;
  readonly retention: { readonly runsMs?: number; readonly logsMs?: number; readonly keep?: number };
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
}

class Stopped extends Error {}

export interface RetentionRounds {
  /** May be called twice. */
  stop(): Promise<void>;
}

/** Begins the rounds: the first after a minute. */
export function startRetention(parts: RetentionParts): RetentionRounds {
  let isStopped = false;
  let cancel = (): void => {};
  let round: Promise<void> = Promise.resolve();
  let wake = (): void => {};
  const pause = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (): void => (isStopped ? reject(new Stopped()) : resolve());
      const cancelPause = parts.clock.schedule(PAUSE_MS, end);
      wake = () => {
        cancelPause();
        end();
      };
    });
  const plan = (delayMs: number): void => {
    if (isStopped) return;
    cancel = parts.clock.schedule(delayMs, () => {
      round = applyRetention(parts, pause)
        .catch((error: unknown) => {
          // A disk that is full, a writer that holds on: the next round goes on. What ends the engine, the engine sees.
          if (!(error instanceof Stopped)) parts.log("retention.failed", { error: describeError(toErrorValue(error)) });
        })
        .then(() => plan(EVERY_MS));
    });
  };
  plan(FIRST_MS);
  return {
    async stop() {
      isStopped = true;
      cancel();
      wake();
      await round; // T1
    },
  };
}

async function applyRetention(parts: RetentionParts, pause: () => Promise<void>): Promise<void> {
  const { store, clock, logsDir, retention } = parts;
  const { runsMs, logsMs, keep = 0 } = retention;
  const now = clock.now();
  let pruned = { runs: 0, decided: 0 };
  if (runsMs !== undefined) {
    const onGone = (runId: number): Promise<void> => removeRunLogs(logsDir, runId);
    const policy = { beforeAt: now - runsMs, keep, withDecisions: false };
    pruned = await pruneRuns({ store, clock, pause, onGone }, policy);
    await pruneNotices({ store, clock }, policy.beforeAt);
  }
  const logs = await pruneLogs({ store, logsDir, pause }, logsMs === undefined ? 0 : now - logsMs);
  if (pruned.runs > 0 || logs.folders > 0) {
    parts.log("retention.pruned", { ...pruned, logs: logs.folders, logBytes: logs.bytes });
  }
}
