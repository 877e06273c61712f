import { eq, sql } from "drizzle-orm";
import { engine } from "../store/schema.ts";
import { workflow } from "../store/schema-schedules.ts";
import { describeRunFailure } from "./describe-failure.ts";
import type { ReadStore } from "./once-per-store.ts";
import type { IsEngineAlive } from "./run-record.ts";
import type { RunView } from "./show-run.ts";
import { listWorkingTasks } from "./working-tasks.ts";

/** Of many failed tasks, so many are named. */
const NAMES_MAX = 5;

/** Says why a run is where it is: whole sentences without a full stop. They hold foreign text. */
export function explainRun(store: ReadStore, run: RunView, isEngineAlive: IsEngineAlive): string[] {
  switch (run.status) {
    case "queued":
      return explainQueued(store, run, isEngineAlive);
    case "interrupted":
      return [`its engine ended before the run did; nothing is lost: lockstep resume ${run.run}`];
    case "paused":
      return [`was paused; it goes on with: lockstep resume ${run.run}`];
    case "waiting":
      return explainWaitingRun(run);
    case "running":
      return [countStatuses(run)];
    case "failed":
      return [explainFailed(run, describeRunFailure(run))];
    case "canceled":
      return [run.reason === null ? "was canceled" : `was canceled: ${run.reason}`];
    default:
      return ["succeeded"];
  }
}

function explainWaitingRun({ checkpoints, childCheckpoints, descendants }: RunView): string[] {
  const own = checkpoints.filter((each) => each.status === "open");
  const paused = descendants.filter((each) => each.status === "paused");
  return [
    ...own.map((each) => `waits for the decision ${each.id}: ${each.message}`),
    ...childCheckpoints.map(
      (each) => `waits for the decision ${each.id} of its child run #${each.run}: ${each.message}`,
    ),
    ...paused.map((each) => `waits for its child run #${each.run}, which is paused: lockstep resume ${each.run}`),
  ];
}

/** Which engine would take it up, and what is missing for that. */
function explainQueued({ db }: ReadStore, run: RunView, isEngineAlive: IsEngineAlive): string[] {
  const known = db.select().from(workflow).where(eq(workflow.name, run.workflow)).get();
  const engines = db
    .select({ lockFile: engine.lockFile })
    .from(engine)
    .where(sql`${engine.status} = 'live' OR ${engine.status} = 'draining'`)
    .all();
  const alive = engines.filter(({ lockFile }) => isEngineAlive(lockFile)).length;
  if (run.file === null) return ["is queued: the program that started it goes on with it, once it runs"];
  const file = known?.file ?? run.file;
  if (alive === 0) return [`is queued, but no engine is running: lockstep resume ${run.run}`];
  if (known?.error != null) {
    return [`is queued, but ${file ?? "its file"} cannot be loaded: ${JSON.parse(known.error).message}`];
  }
  return known === undefined
    ? [`is queued, but no running engine has loaded "${run.workflow}" (${file ?? "its file is not known"})`]
    : ["is queued and starts when an engine has a free slot"];
}

/** Which tasks failed; why is said of each of them. */
function explainFailed({ tasks }: RunView, why: string | null): string {
  if (why !== null) return `failed: ${why}`;
  const names = tasks
    .filter((task) => task.status === "failed")
    .map((task) => (task.index === null ? task.id : `${task.id}[${task.index}]`));
  const more = names.length - NAMES_MAX;
  const shown = names.slice(0, NAMES_MAX).join(", ");
  if (names.length === 0) return "failed";
  return `failed: ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

function countStatuses(run: RunView): string {
  const counts = new Map<string, number>();
  for (const { status } of listWorkingTasks(run.tasks)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return `runs at layer ${run.currentLayer}: ${Array.from(counts, ([status, count]) => `${count} ${status}`).join(", ")}`;
}
