import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DatabaseError } from "../../src/core/errors.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { createDefinitionValue } from "../../src/engine/definition-value.ts";
import type { Submission } from "../../src/engine/submission.ts";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import type { Assignment, Runner } from "../../src/runners/runner.ts";
import { FAILED } from "../support/core-run.ts";
import { findDamage, findLost, listRecorded } from "../support/effects-history.ts";
import { createFaultyStore, type Fault } from "../support/faulty-store.ts";
import { arbitraryWorkflow, type RandomWorkflow, type TaskFate } from "../support/random-workflow.ts";
import { predictEnds, predictVerdict } from "../support/run-oracle.ts";
import { startTestEngine, type TestEngine, takeTurns } from "../support/test-engine.ts";

/**
 * Random workflows through the whole engine on real files, while transactions are refused, fail after their commit, and
 * engines die: in the end each task has ended as the rules say.
 */

const BUSY = new DatabaseError("database_locked", "busy", {
  cause: new SqliteDatabase.SqliteError("busy", "SQLITE_BUSY"),
});
const DEAD = new DatabaseError("database_io", "the process was killed");

type Dice = (sides: number) => number;

/** Plays the fates; how often a task has failed is what its row says. Ends of attempts come in any order. */
class FateRunner implements Runner {
  readonly executed: string[] = [];
  isDead = false;
  readonly #random: RandomWorkflow;
  readonly #dice: Dice;
  engine: TestEngine | undefined;

  constructor(random: RandomWorkflow, dice: Dice) {
    this.#random = random;
    this.#dice = dice;
  }

  async execute(assignment: Assignment, signal: AbortSignal): Promise<Outcome> {
    if (!this.isDead) this.executed.push(assignment.attemptId);
    const tries = this.#readTries(assignment);
    await takeTurns(this.#dice(4));
    if (signal.aborted) return { kind: "interrupted", reason: "the engine stopped" };
    return this.#decide(assignment, tries);
  }

  async close(): Promise<void> {}

  #readTries({ taskIndex, index }: Assignment): number {
    const row = this.engine?.store.sqlite
      .prepare(
        "SELECT tries FROM task WHERE CASE WHEN @item IS NULL THEN idx = @task ELSE item = @item AND parent_id = (1 << 20) + @task END",
      )
      .pluck()
      .get({ task: taskIndex, item: index });
    return Number(row);
  }

  #decide({ taskIndex, index, step }: Assignment, tries: number): Outcome {
    const fate = this.#random.fates[taskIndex] as TaskFate;
    if (index === null && fate.isSkipped) return { kind: "skipped" };
    if (step === "expand") return { kind: "expanded", items: fate.items.map(String), labels: null };
    const failures = index === null ? fate.failures : (fate.items[index] as number);
    return tries < failures ? FAILED : { kind: "succeeded", output: `${taskIndex}` };
  }
}

async function playToTheEnd(random: RandomWorkflow, dice: Dice): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-"));
  const path = join(folder, "lockstep.db");
  const clock = createSimulatedClock();
  const runner = new FateRunner(random, dice);
  const definition = createDefinitionValue(random.spec);
  const submission: Submission = { definition, inputJson: "{}", mode: "detached", cwd: "/", key: "once" };
  let recorded: string[] = [];
  for (let life = 1; ; life++) {
    const deadAt = life < 5 ? 2 + dice(40) : Number.POSITIVE_INFINITY; // of each life, until one is spared
    runner.isDead = false;
    const judge = (n: number): Fault => {
      if (n < deadAt) return n > 2 && dice(4) === 0 ? { at: "commit", error: BUSY } : undefined;
      runner.isDead = true;
      return { at: n === deadAt ? ((["commit", "after"] as const)[dice(2)] ?? "after") : "before", error: DEAD };
    };
    const { wrap } = createFaultyStore(judge);
    const engine = await startTestEngine({
      workflows: [],
      path,
      clock,
      wrap,
      runner,
      isIdle: true,
      places: { function: 4, command: 2 },
    });
    runner.engine = engine;
    const ending = engine.engine
      .start()
      .then(() => engine.engine.submit(submission))
      .then((id) => engine.reach(id));
    const status = await engine.drive(ending).catch((error: unknown) => error);
    const now = listRecorded(engine.store.sqlite);
    expect(findLost(recorded, now)).toEqual([]);
    recorded = now;
    const isOver = typeof status === "string";
    if (isOver) {
      const ends = predictEnds(random);
      expect(status).toBe(predictVerdict(random, ends));
      expect(Object.values(engine.statuses(1))).toEqual(ends);
      expect(findDamage(engine.store.sqlite)).toEqual([]);
      expect(new Set(runner.executed).size, "an attempt was executed twice").toBe(runner.executed.length);
    } else expect(status).toBe(DEAD);
    await engine.stop().catch(() => {});
    if (isOver) break;
  }
  rmSync(folder, { recursive: true, force: true });
}

test("random workflows end as the rules say on engines that are refused, and killed, at any transaction", async () => {
  const arbitraryDice = fc.gen().map(
    (gen): Dice =>
      (sides) =>
        gen(fc.nat, sides - 1),
  );
  await fc.assert(fc.asyncProperty(arbitraryWorkflow({ sizeMax: 7 }), arbitraryDice, playToTheEnd), { numRuns: 100 });
});
