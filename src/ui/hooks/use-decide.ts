import type { Decision } from "../../core/decision.ts";
import { isWorkflowServed } from "../../views/served-workflows.ts";
import type { UiPorts } from "../ports.ts";
import { useUi } from "../ui-context.ts";
import { nameGate } from "../view.ts";

/** A checkpoint as it was seen. */
export interface SeenGate {
  readonly run: number | null;
  readonly number: number;
  readonly hash: string;
  readonly workflow: string | null;
  /** What an approval starts, in a word; null: nothing that has a name. */
  readonly starts: string | null;
}

/** Decides, and says what became of it. Resolves to whether it was decided. */
export function useDecide(): (gate: SeenGate, decision: Decision, isQuiet?: boolean) => Promise<boolean> {
  const ui = useUi();
  return async (gate, decision, isQuiet = false) => {
    const { run, number, hash } = gate;
    try {
      await ui.ports.decide({ run, number, seenHash: hash, decision });
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

const PAST = { approve: "Approved", reject: "Rejected", edit: "Approved with an edit", redo: "Sent back" } as const;

/** `Approved 412.1. prune starts now (daemon).` `Recorded. No engine runs: lockstep resume 412.` */
function describeDecided({ store, isEngineAlive }: UiPorts, gate: SeenGate, { decision }: Decision): string {
  const { run, workflow, starts } = gate;
  const done = `${PAST[decision]} ${nameGate(run, gate.number)}.`;
  if (run === null || workflow === null) return done;
  if (!isWorkflowServed(store, workflow, isEngineAlive)) return `Recorded. No engine runs: lockstep resume ${run}.`;
  if (decision === "reject") return `${done} The daemon acts on it now.`;
  if (decision === "redo") return `${done} It runs again now (daemon).`;
  return starts === null ? `${done} It goes on now (daemon).` : `${done} ${starts} starts now (daemon).`;
}
