import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDuration } from "./core/duration.ts";
import type { Workflow } from "./definition/workflow-builder.ts";
import type { Lockstep } from "./library/lockstep.ts";
import type { OpenOptions } from "./library/open-options.ts";
import { createSeededChance } from "./platform/chance.ts";
import { createSimulatedClock } from "./platform/simulated-clock.ts";
import { newUid } from "./platform/uid.ts";

export interface TestOptions extends Pick<OpenOptions, "resources" | "maxConcurrent"> {
  readonly workflows?: readonly Workflow<never, unknown>[];
  /** Where the clock begins; default: 2024-01-01 00:00 UTC. */
  readonly startAt?: Date;
  /** Of chance: jitter is the same for the same seed. Default: 1. */
  readonly seed?: number;
}

/** The engine on a database of its own, under a clock that stands still until it is told to go on. */
export interface TestLockstep extends Lockstep {
  /**
   * Lets time pass, such as `90s` or `1d`: retries, timeouts and deadlines come due in their order, and what they start
   * runs before time goes on. A task that waits for the network or a process may still run when it resolves.
   */
  advance(duration: string): Promise<void>;
  /** Approves all that is open now, as a person named `test`, and lets run what that starts. */
  approveAll(): Promise<void>;
}

/** For tests of workflows. `close` removes the database. */
export async function openForTest(options: TestOptions = {}): Promise<TestLockstep> {
  const { openWith } = await import("./library/open-engine.ts");
  const clock = createSimulatedClock(options.startAt?.getTime());
  const folder = mkdtempSync(join(tmpdir(), "lockstep-test-"));
  const { workflows = [], seed = 1, startAt: _, ...shared } = options;
  const ambient = { clock, chance: createSeededChance(seed), newUid };
  const db = join(folder, "lockstep.db");
  const { lockstep, engine, work } = await openWith({ ...shared, db, workflows }, ambient, PACE);
  const isQuiet = (): boolean => engine.isQuiet && !work.isLooking;
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < SETTLE_TURNS_MAX; turns++) {
      await nextTurn();
      if (isQuiet()) return;
    }
  };
  /** Where nothing runs, time goes on at once to what is due next. */
  const findStepMs = (leftMs: number): number => {
    if (!isQuiet()) return Math.min(STEP_MS, leftMs);
    const waitMs = (clock.nextAt() ?? Number.POSITIVE_INFINITY) - clock.now();
    return Math.min(Math.max(waitMs, 1), leftMs);
  };
  const close = async (): Promise<void> => {
    await lockstep.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    ...lockstep,
    async advance(duration) {
      const untilAt = clock.now() + parseDuration(duration);
      await settle();
      while (clock.now() < untilAt) {
        clock.advance(findStepMs(untilAt - clock.now()));
        await settle();
      }
    },
    async approveAll() {
      await settle();
      for (const each of lockstep.checkpoints()) lockstep.decide(each, { decision: "approve" }, TESTER);
      await settle();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const TESTER = { kind: "person", name: "test" } as const;

/** So long is waited for what runs; a task that waits for time itself goes on with the next step. */
const SETTLE_TURNS_MAX = 50;

/** What comes due in one step runs before the next. So long is a step while something runs. */
const STEP_MS = 1_000;

/**
 * Nobody else opens the database of a test, so looking each second would only make its days long. Slots are looked for
 * so often that their firer does not take time that passes for a break in which nobody looked.
 */
const PACE = { othersEveryMs: 86_400_000, slotsEveryMs: 30_000 };

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
