import type { CheckpointView } from "../core/checkpoint-view.ts";
import type { Decision } from "../core/decision.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { listOpenDescendants } from "../views/related-runs.ts";
import { showCheckpoint } from "../views/show-checkpoint.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import type { Execution } from "./execution.ts";
import { type Followed, followExecution } from "./follow-run.ts";
import { decideSeen, nameOf } from "./make-decision.ts";
import { renderCheckpoint } from "./render-checkpoint.ts";

/**
 * A run in the foreground waits for a decision: the person at the terminal is asked, and the run goes on with the
 * answer, until it is over or the person leaves it waiting. Without a terminal it is left waiting at once.
 */
export async function decideInForeground(
  context: CommandContext,
  options: CommonOptions,
  execution: Execution,
  runId: number,
  first: Followed,
): Promise<Followed> {
  let followed = first;
  while (followed.status === "waiting" && !followed.wasInterrupted && context.question && !options.json) {
    const view = findOpenCheckpoint(execution, runId);
    const decision = view && (await askPerson(context, execution, view, context.question));
    if (view === undefined || decision === undefined) return followed;
    await decideSeen(context, execution, { view, seenHash: view.hash, decision });
    await execution.engine.takeUp(runId);
    followed = await followExecution(context, execution, runId);
  }
  return followed;
}

/** Of the run, else of a run below it. */
function findOpenCheckpoint({ store }: Execution, runId: number): CheckpointView | undefined {
  const runs = [runId, ...listOpenDescendants(store, runId).map((each) => each.run)];
  return runs.flatMap((run) => listCheckpoints(store, { run, status: "open", limit: 1 }))[0];
}

type Question = NonNullable<CommandContext["question"]>;

async function askPerson(
  context: CommandContext,
  { store, isEngineAlive }: Execution,
  view: CheckpointView,
  question: Question,
): Promise<Decision | undefined> {
  const { run, number } = nameOf(view);
  const detail = showCheckpoint(store, run, number, isEngineAlive);
  if (detail !== undefined) context.output.writeError(`\n${renderCheckpoint(detail, context.clock.now())}\n`);
  const answer = (await question("a approve · r reject · Enter leaves it waiting: ")).trim();
  if (answer === "r") {
    const reason = (await question("Reason: ")).trim();
    return reason === "" ? undefined : { decision: "reject", reason };
  }
  if (answer !== "a") return undefined;
  if (view.risk !== "high" || view.workflow === null) return { decision: "approve" };
  const typed = await question(`Type ${sanitizeLine(view.workflow)} to approve: `);
  return typed.trim() === view.workflow ? { decision: "approve" } : undefined;
}
