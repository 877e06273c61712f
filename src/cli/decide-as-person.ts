import type { Actor } from "../core/decision.ts";
import { type DecideRequest, decide, getDecided } from "../engine/decide.ts";
import { PlanCache } from "../engine/plan-cache.ts";
import { readPerson } from "../platform/person.ts";
import { getRows } from "../store/rows.ts";
import { type AskingTask, readAskingTask } from "./asking-task.ts";
import type { CommandContext } from "./command-context.ts";
import type { Database } from "./open-database.ts";

/**
 * Records a decision of the person who sits before this process.
 * @throws {StaleDecisionError | ConflictError} exit 6; nothing was done
 */
export async function decideAsPerson(
  context: Pick<CommandContext, "clock" | "env">,
  { store }: Pick<Database, "store">,
  request: Omit<DecideRequest, "by">,
): Promise<"applied" | "repeated"> {
  const rows = getRows(store);
  const parts = { rows, plans: new PlanCache(rows), now: () => context.clock.now() };
  const by = readActor(context);
  return getDecided(await store.writeTransaction(() => decide(parts, { ...request, by }))).outcome;
}

/** Within the command of a task nobody sits: what it does there is done by that task, as an agent. */
export function readActor({ env }: Pick<CommandContext, "env">): Actor {
  const { user, effectiveUser, host, tty } = readPerson(env);
  const asking = readAskingTask(env);
  if (asking !== undefined) return { kind: "agent", name: nameTask(asking), effectiveUser, host };
  return { kind: "person", name: user, effectiveUser, host, ...(tty === undefined ? {} : { tty }) };
}

/** `task deploy[2] of #412` */
function nameTask({ run, task }: AskingTask): string {
  return `task ${task.id}${task.index === null ? "" : `[${task.index}]`} of #${run}`;
}
