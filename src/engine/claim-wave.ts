import { type Claimed, claimNext } from "../core/claim.ts";
import type { RunState } from "../core/run-state.ts";
import { SLOT_CLASSES, type SlotClass } from "../core/slot-class.ts";
import { createAssignment } from "./assignment.ts";
import type { Dispatch } from "./dispatcher.ts";
import type { TurnScope } from "./turn-scope.ts";
import { isRefusal, toBlame } from "./turn-trouble.ts";

/**
 * As many as there are free places, from the runs in turn: a run of 10,000 does not starve a run of one. What waits for a
 * resource is not among them: the desk says when it can start.
 */
export function claimWave(
  { owned, dispatcher, desk }: TurnScope,
  touch: (state: RunState) => void,
  now: number,
): Claimed[] {
  const free: Record<SlotClass, number> = {
    function: dispatcher.countFree("function"),
    command: dispatcher.countFree("command"),
  };
  const claimed: Claimed[] = [];
  const keep = (claim: Claimed): true => {
    touch(claim.state);
    free[claim.slot]--;
    claimed.push(claim);
    return true;
  };
  const serve = (state: RunState): boolean => {
    for (const slot of SLOT_CLASSES) {
      if (free[slot] <= 0) continue;
      const node = claimNext(state, slot, now);
      if (node !== undefined) return keep({ state, node, slot });
    }
    return false;
  };
  const hasRoom = (): boolean => free.function > 0 || free.command > 0;
  if (desk.isIdle) owned.serveInTurn(hasRoom, serve);
  else desk.serveInTurn({ owned, hasRoom, hasPlace: (slot) => free[slot] > 0, servePlain: serve, keep, now });
  return claimed;
}

export function createClaim({ rows, parts }: TurnScope, { state, node, slot }: Claimed): Dispatch {
  const { index, generation, attempt } = node;
  const ticket = { runId: state.id, index, generation, attempt, slot };
  try {
    return { ticket, assignment: createAssignment(rows, state, node, parts) };
  } catch (error) {
    if (!isRefusal(error)) throw toBlame(state.id, error);
    return { ticket, assignment: error as Error };
  }
}
