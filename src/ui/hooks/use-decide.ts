import type { Decision } from "../../core/decision.ts";
import { describeNoEngine, findActingEngine, nameActingEngine } from "../../views/acting-engine.ts";
import type { GateName, UiPorts } from "../ports.ts";
import { type Ui, useUi } from "../ui-context.ts";
import { nameGate } from "../view.ts";

/** A checkpoint as it was seen. */
export interface SeenGate extends GateName {
  readonly hash: string;
  /** What an approval starts, in a word; null: nothing that has a name. */
  readonly starts: string | null;
}

/** The last decision that was made in this UI, for who wants to take it back from the inbox. */
const LAST_DECIDED = "last decided";
/** A write that waits for so long for its turn is spoken of. */
const BUSY_AFTER_MS = 2_000;

export function findLastDecided({ memory }: Ui): GateName | undefined {
  return memory.get(LAST_DECIDED) as GateName | undefined;
}

/** Decides, and says what became of it. Resolves to whether it was decided. */
export function useDecide(): (gate: SeenGate, decision: Decision, isQuiet?: boolean) => Promise<boolean> {
  const ui = useUi();
  return async (gate, decision, isQuiet = false) => {
    const { run, number, hash } = gate;
    try {
      await sayWhenBusy(ui, () => ui.ports.decide({ run, number, seenHash: hash, decision }));
      ui.memory.set(LAST_DECIDED, { run, number });
      if (!isQuiet) ui.say(describeDecided(ui.ports, gate, decision));
      return true;
    } catch (error) {
      ui.say(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      ui.refresh();
    }
  };
}

/** Takes a decision back; resolves to the round that waits again, or undefined where it is too late. */
export function useUndo(): (gate: GateName) => Promise<GateName | undefined> {
  const ui = useUi();
  return async ({ run, number }) => {
    try {
      const next = await sayWhenBusy(ui, () => ui.ports.undo({ run, number }));
      ui.memory.delete(LAST_DECIDED);
      ui.say(`Took back ${nameGate(run, number)}. It waits again, as ${nameGate(run, next)}.`);
      return { run, number: next };
    } catch (error) {
      ui.say(error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      ui.refresh();
    }
  };
}

async function sayWhenBusy<Result>({ ports, say }: Ui, write: () => Promise<Result>): Promise<Result> {
  const cancel = ports.clock.schedule(BUSY_AFTER_MS, () =>
    say("Database busy: another process writes. Nothing is recorded yet, it is tried again …"),
  );
  try {
    return await write();
  } finally {
    cancel();
  }
}

const PAST = { approve: "Approved", reject: "Rejected", edit: "Approved with an edit", redo: "Sent back" } as const;

/** `Approved 412.1. prune starts now (daemon).` `Recorded. No engine runs: lockstep resume 412.` */
function describeDecided({ store, isEngineAlive }: UiPorts, gate: SeenGate, { decision }: Decision): string {
  const { run, starts } = gate;
  const done = `${PAST[decision]} ${nameGate(run, gate.number)}.`;
  if (run === null) return `${done} Who asked is told.`;
  const engine = findActingEngine(store, run, isEngineAlive);
  if (engine === undefined) return `Recorded. ${describeNoEngine(store, run)}. (u takes it back)`;
  const who = nameActingEngine(engine);
  if (decision === "reject") return `${done} The run is told now (${who}).`;
  if (decision === "redo") return `${done} It runs again now (${who}).`;
  return starts === null ? `${done} It goes on now (${who}).` : `${done} ${starts} starts now (${who}).`;
}
