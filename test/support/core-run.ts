import { claimNext } from "../../src/core/claim.ts";
import { finishTurn } from "../../src/core/finish-turn.ts";
import { ENGINE_STOPPED, type Outcome } from "../../src/core/outcome.ts";
import { recoverAttempts, restoreRunState, type SavedTask } from "../../src/core/restore-run.ts";
import { applyIntent, clearPause } from "../../src/core/run-intent.ts";
import { createRunPlan } from "../../src/core/run-plan.ts";
import { createRunState, moveRun, type RunState } from "../../src/core/run-state.ts";
import { isFinalRun } from "../../src/core/run-status.ts";
import { settleAttempt, wakeTask } from "../../src/core/settle-attempt.ts";
import { SLOT_CLASSES } from "../../src/core/slot-class.ts";
import { createTaskNode, type TaskNode } from "../../src/core/task-node.ts";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import { releaseRun, startRun } from "../../src/engine/take-up-run.ts";

/** How an attempt ends; `tries` of it have failed before. */
export type Script = (node: TaskNode) => Outcome;

export const FAILED: Outcome = {
  kind: "failed",
  status: "failed",
  error: { name: "Error", message: "no" },
  retryable: true,
};

/** One run of the core, without rows and without an engine: whoever holds it says what happens next. */
export class CoreRun {
  state: RunState;
  now = 1_000;
  /** What was ever started, as `index:generation`, in order. */
  readonly started: string[] = [];
  readonly #script: Script;
  readonly #check: (state: RunState) => void;

  constructor(spec: WorkflowSpec, script: Script, check: (state: RunState) => void = () => {}) {
    this.#script = script;
    this.#check = check;
    this.state = createRunState(createRunPlan(1, spec.name, spec), {
      id: 1,
      uid: "uid",
      mode: "detached",
      strategy: spec.strategy ?? "layers",
      isReviewed: false,
      maxConcurrent: spec.maxConcurrent ?? null,
      facts: {
        ...{ inputJson: "{}", labels: {}, scheduledAt: "", cwd: "/", createdAt: 0 },
        ...{ file: null, exportName: null, codeHash: null },
      },
    });
  }

  get isOver(): boolean {
    return isFinalRun(this.state.status);
  }

  get live(): TaskNode[] {
    return this.state.nodes.filter((node) => node?.isActive);
  }

  start(): void {
    startRun(this.state, this.now);
    this.finish();
  }

  /** Starts up to so many attempts. Returns how many. */
  claim(countMax: number): number {
    let count = 0;
    for (const slot of SLOT_CLASSES) {
      while (count < countMax) {
        const node = claimNext(this.state, slot, this.now);
        if (node === undefined) break;
        count++;
        this.started.push(`${node.index}:${node.generation}`);
        this.#check(this.state);
      }
    }
    return count;
  }

  settle(node: TaskNode, outcome: Outcome = this.#script(node)): void {
    this.now++;
    settleAttempt(this.state, node, outcome, this.now, () => 0.5);
    this.finish();
  }

  /** The instant of the next try comes for all that wait for one. */
  wakeAll(): void {
    for (const node of this.state.nodes) if (node?.status === "retrying") wakeTask(this.state, node);
    this.finish();
  }

  pauseAndResume(): void {
    applyIntent(this.state, "pause", null, this.now);
    this.finish();
    for (const node of this.live) this.settle(node);
    if (this.state.status !== "paused") return; // it has ended, or a stop was stronger
    this.#reload(() => false);
    moveRun(this.state, "resume");
    clearPause(this.state);
    this.start();
  }

  ask(intent: "stop" | "cancel"): void {
    applyIntent(this.state, intent, null, this.now);
    this.finish();
  }

  /** A transaction has thrown: what is in memory is dropped, what is alive goes on. */
  reload(): void {
    const live = new Set(this.live.map(({ index }) => index));
    this.#reload((node) => live.has(node.index));
    this.finish();
  }

  /** The engine is killed, or stops in order, and another one takes the run up. */
  crash(why = "its engine was lost"): void {
    if (why === ENGINE_STOPPED) {
      for (const node of this.live) this.settle(node, { kind: "interrupted", reason: ENGINE_STOPPED });
      if (this.isOver) return;
    }
    this.#reload(() => false, why);
    releaseRun(this.state);
    this.start();
  }

  /** Forgets all but the rows, as the next engine finds them. */
  forget(): void {
    this.#reload(() => false);
  }

  finish(): void {
    finishTurn(this.state, this.now);
    this.#check(this.state);
    this.state.dirty = [];
    this.state.attempts = [];
    this.state.events = [];
    for (const node of this.state.nodes) if (node) node.isDirty = false;
  }

  #reload(isLive: (node: TaskNode) => boolean, why = "its engine was lost"): void {
    const { state } = this;
    const rows = Array.from({ length: state.rowCount }, (_, idx) => toSaved(state.nodes[idx] ?? ORPHAN, idx));
    const saved = { ...state, maxConcurrent: Number.isFinite(state.maxConcurrent) ? state.maxConcurrent : null };
    this.state = restoreRunState(state.plan, { ...saved, layer: Math.max(0, state.openLayer) }, rows);
    recoverAttempts(this.state, isLive, this.now, why);
  }
}

/** The row of an instance whose list was given up: nothing in memory looks at it. */
const ORPHAN = createTaskNode(-1, { id: "orphan", kind: "function" }, 0, 0);

/** What the row of a node says. */
function toSaved(node: TaskNode, idx: number): SavedTask {
  return {
    ...node,
    idx,
    item: node.parent === null ? null : node.item,
    itemsBase: node.map?.base ?? null,
    itemsCount: node.map?.count ?? null,
    givenId: null,
  };
}
