import type { Actor, Checkpoint, Lockstep } from "../../src/index.ts";

export const ALICE: Actor = { kind: "person", name: "alice", host: "srv1" };
export const BOB: Actor = { kind: "person", name: "bob", host: "srv1" };

/** The checkpoint that is open; there is one. */
export function getOpen(lockstep: Pick<Lockstep, "checkpoints">): Checkpoint {
  const open = lockstep.checkpoints();
  const [checkpoint] = open;
  if (checkpoint === undefined || open.length > 1) throw new Error(`${open.length} checkpoints are open, expected one`);
  return checkpoint;
}
