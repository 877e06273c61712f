import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENGINE_STOPPED, type Outcome, type PreparedQuestion } from "../../src/core/outcome.ts";
import { listFailedTasks, resetTasks } from "../../src/core/reset-tasks.ts";
import { moveRun } from "../../src/core/run-state.ts";
import type { TaskNode } from "../../src/core/task-node.ts";
import { runsAfterStop } from "../../src/core/trigger.ts";
import { CoreRun } from "../support/core-run.ts";
import { arbitraryWorkflow, createScript, type RandomWorkflow } from "../support/random-workflow.ts";
import { checkRun, listNodes } from "../support/run-invariants.ts";
import { predictEnds, predictVerdict } from "../support/run-oracle.ts";

/** Turns in which a run of this size has surely ended; one that has not hangs. */
const TURNS_MAX = 2_000;

type Dice = (sides: number) => number;

/** Something that may come between: nothing of it changes how the tasks end. */
function disturb(run: CoreRun, dice: Dice): void {
  switch (dice(8)) {
    case 0:
      return run.reload();
    case 1:
      return run.crash(ENGINE_STOPPED);
    case 2:
      return run.pauseAndResume();
    case 3:
      // The sixth interruption in a row would be a crash loop.
      if (run.live.every((node) => node.interruptions < 5)) run.crash();
  }
}

/** Plays until the run has ended: claims, ends of attempts in any order, and what comes between. */
function play(run: CoreRun, dice: Dice, between: (run: CoreRun, dice: Dice) => void = disturb): void {
  for (let turn = 0; !run.isOver; turn++) {
    expect(turn, "the run hangs").toBeLessThan(TURNS_MAX);
    run.claim(1 + dice(4));
    if (dice(3) === 0) between(run, dice);
    if (run.isOver) return;
    const { live } = run;
    const node = live[dice(Math.max(1, live.length))];
    if (node !== undefined) run.settle(node);
    else run.wakeAll();
  }
}

const ASKS: Outcome = { kind: "asks", question: { message: "Go on?", risk: "low" } as PreparedQuestion };

/** One attempt ends, any of them. False where none lives. */
function settleOne(run: CoreRun, dice: Dice): boolean {
  const { live } = run;
  const node = live[dice(Math.max(1, live.length))];
  if (node !== undefined) run.settle(node);
  return node !== undefined;
}

function listEnds(run: CoreRun): string[] {
  const declared = run.state.nodes.slice(0, run.state.plan.graph.size);
  return declared.map(({ status, reason }) => (status === "skipped" ? `${status} ${reason}` : status));
}

function begin(random: RandomWorkflow, more: Partial<RandomWorkflow["spec"]> = {}): CoreRun {
  const run = new CoreRun({ ...random.spec, ...more }, createScript(random.fates), checkRun);
  run.start();
  return run;
}

const arbitraryDice = fc.gen().map(
  (gen): Dice =>
    (sides) =>
      gen(fc.nat, sides - 1),
);

describe("a run of the core", () => {
  test("ends as the rules say, whatever the order, and whatever crashes, stops and pauses come between", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, (random, dice) => {
        const run = begin(random);
        play(run, dice);
        expect(listEnds(run)).toEqual(predictEnds(random));
        expect(run.state.status).toBe(predictVerdict(random, predictEnds(random)));
      }),
      { numRuns: 800 },
    );
  });

  test("keeps every edge to a later layer", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), ({ spec, fates }) => {
        const { graph } = begin({ spec, fates }).state.plan;
        for (const [index, task] of spec.tasks.entries())
          for (const need of task.after ?? []) expect(graph.layer[need]).toBeLessThan(graph.layer[index] as number);
      }),
    );
  });

  test("starts nothing but clean-ups after a failure under onFailure: stop, and ends failed", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, (random, dice) => {
        const run = begin(random, { onFailure: "stop" });
        play(run, (sides) => {
          if (run.state.intent === "stop") checkStopped(run);
          return dice(sides);
        });
        const hasFailed = listEnds(run).some(
          (end, index) => end === "failed" && !random.spec.tasks[index]?.allowFailure,
        );
        expect(run.state.status).toBe(hasFailed ? "failed" : "succeeded");
        if (!hasFailed) expect(listEnds(run)).toEqual(predictEnds(random));
      }),
      { numRuns: 500 },
    );
  });

  test("ends canceled once its attempts are dead, at whatever moment it is canceled", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, fc.nat(30), (random, dice, after) => {
        const run = begin(random);
        let turns = 0;
        let startedBefore = Number.POSITIVE_INFINITY;
        play(run, dice, () => {
          if (turns++ < after || run.state.intent === "cancel") return disturb(run, dice);
          run.ask("cancel");
          startedBefore = run.started.length;
        });
        if (startedBefore < Number.POSITIVE_INFINITY) {
          expect(run.started).toHaveLength(startedBefore);
          expect(run.state.status).toBe("canceled");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("opens no question once it is canceled or stopped, though one was being prepared", () => {
    const intents = fc.constantFrom("stop", "cancel");
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, intents, fc.nat(12), (random, dice, intent, after) => {
        const script = createScript(random.fates);
        const asks = (node: TaskNode): boolean => node.parent === null && node.step === "body" && node.index % 2 === 0;
        const run = new CoreRun(random.spec, (node) => (asks(node) ? ASKS : script(node)), checkRun);
        run.start();
        for (let turn = 0; run.state.status === "running" && run.state.intent === "none"; turn++) {
          run.claim(1 + dice(4));
          if (turn >= after) run.ask(intent);
          else settleOne(run, dice);
        }
        for (let turn = 0; run.state.status === "running"; turn++) {
          expect(turn, "the run hangs").toBeLessThan(TURNS_MAX);
          if (run.claim(10) === 0 && !settleOne(run, dice)) run.wakeAll();
        }
        if (run.state.intent === "cancel") expect(run.state.status).toBe("canceled");
        if (run.state.intent !== "stop") return;
        const waiting = run.state.nodes.filter((node) => node.status === "waiting" && node.finishedAt === null);
        expect(waiting.filter((node) => !runsAfterStop(node)).map(({ index }) => index)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("applies a cancel that was only written down when its engine was killed", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, fc.nat(30), (random, dice, after) => {
        const run = begin(random);
        let turns = 0;
        play(run, dice, () => {
          if (turns++ < after || run.state.intent === "cancel") return;
          run.state.intent = "cancel";
          if (dice(2) === 0) run.crash();
          else run.reload();
        });
        expect(run.isOver).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("runs again what failed, keeps what is not after it, and then ends as if nothing had failed", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, fc.boolean(), (random, dice, isStopped) => {
        const run = begin(random, isStopped ? { onFailure: "stop" } : {});
        const cancelAt = dice(20);
        play(run, dice, () => {
          if (dice(20) === cancelAt) run.ask("cancel");
        });
        const targets = listFailedTasks(run.state);
        if (targets.length === 0) return;
        const kept = retry(run, targets, false);
        const mended = {
          ...random,
          fates: random.fates.map((fate) => ({ ...fate, failures: 0, items: fate.items.map(() => 0) })),
        };
        const again = new CoreRun(run.state.plan.spec, createScript(mended.fates), checkRun);
        again.state = run.state;
        again.start();
        play(again, dice);
        expect(listEnds(again)).toEqual(predictEnds(mended));
        expect(again.state.status).toBe("succeeded");
        for (const start of again.started) expect(kept.has(start), `${start} was recorded and ran again`).toBe(false);
      }),
      { numRuns: 800 },
    );
  });

  test("counts the generation of every result that is discarded by retry --from, and of no other", () => {
    fc.assert(
      fc.property(arbitraryWorkflow(), arbitraryDice, (random, dice) => {
        const run = begin(random);
        play(run, dice);
        const from = dice(random.spec.tasks.length);
        const before = new Map(
          listNodes(run.state).map((node) => [node.index, [node.status, node.generation] as const]),
        );
        const kept = retry(run, [from], true);
        const startedBefore = run.started.length;
        run.start();
        play(run, dice);
        expect(listEnds(run)).toEqual(predictEnds(random));
        for (const start of run.started.slice(startedBefore)) expect(kept.has(start)).toBe(false);
        for (const node of run.state.nodes.slice(0, random.spec.tasks.length)) {
          const [status, generation] = before.get(node.index) ?? ["pending", 0];
          const isReset = !kept.has(`${node.index}:${generation}`) || node.generation !== generation;
          const isList = random.spec.tasks[node.index]?.map !== undefined && status !== "succeeded";
          const counted = isList ? [0, 1] : [Number(status === "succeeded" && isReset)]; // a list that is given up counts, too
          expect(counted).toContain(node.generation - generation);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** As `retry` does, with nothing but rows in between. Returns `index:generation` of what stays recorded. */
function retry(run: CoreRun, targets: readonly number[], isWhole: boolean): Set<string> {
  run.forget();
  const { state } = run;
  moveRun(state, "retry");
  Object.assign(state, { intent: "none", reason: null, finishedAt: null, ownerId: null });
  resetTasks(state, targets, isWhole);
  checkRun(state);
  run.forget();
  const kept = listNodes(run.state).filter((node) => node.status === "succeeded");
  return new Set(kept.map((node) => `${node.index}:${node.generation}`));
}

function checkStopped({ state }: CoreRun): void {
  for (const node of state.nodes.slice(0, state.plan.graph.size)) {
    if (node.spec.when === "all_done" || node.spec.when === "any_failed") continue;
    expect(["pending", "retrying", "waiting"]).not.toContain(node.status);
    if (node.status === "ready") expect(node.attempt, `task ${node.index} has not started`).toBeGreaterThan(0);
  }
}
