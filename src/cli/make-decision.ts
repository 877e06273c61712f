import type { CheckpointView } from "../core/checkpoint-view.ts";
import type { Actor, Decision } from "../core/decision.ts";
import { EXIT } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { type ActingEngine, describeNoEngine, findActingEngine, nameActingEngine } from "../views/acting-engine.ts";
import { showCheckpoint } from "../views/show-checkpoint.ts";
import { getCheckpoint } from "./checkpoint-reference.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { decideAsPerson, readActor } from "./decide-as-person.ts";
import { writeJson } from "./json-output.ts";
import { changeDatabase, type Database } from "./open-database.ts";
import { createUsageError } from "./read-options.ts";
import { renderCheckpoint } from "./render-checkpoint.ts";

export interface DecisionOptions extends CommonOptions {
  readonly comment?: string;
  /** The hash that was seen, or its first digits. */
  readonly ifHash?: string;
}

const PAST = { approve: "Approved", reject: "Rejected", edit: "Approved with an edit", redo: "Sent back" } as const;

/**
 * Decides a checkpoint, as seen: with `--if-hash`, or by what the person is shown now and confirms. Without a terminal
 * only a low risk goes without the hash.
 * @throws {StaleDecisionError | ConflictError} exit 6; nothing was done
 */
export async function makeDecision(
  context: CommandContext,
  reference: string,
  options: DecisionOptions,
  decision: Decision,
): Promise<number> {
  return await changeDatabase(context, options, async (database) => {
    const view = getCheckpoint(reference, database);
    const seenHash = options.ifHash ?? (await confirmSeen(context, database, view, decision));
    if (seenHash === undefined) {
      context.output.writeError("Nothing was decided.\n");
      return EXIT.failed;
    }
    if (options.ifHash !== undefined || context.question === undefined) tellEdit(context, database, view, decision);
    const outcome = await decideSeen(context, database, { view, seenHash, decision, ...commentOf(options) });
    tell(context, options, database, { view, decision, outcome, seenHash, by: readActor(context) });
    return EXIT.succeeded;
  });
}

interface Seen {
  readonly view: CheckpointView;
  readonly seenHash: string;
  readonly decision: Decision;
  readonly comment?: string;
}

/** Records a decision of the person at this terminal. */
export async function decideSeen(
  context: CommandContext,
  database: Pick<Database, "store">,
  { view, ...seen }: Seen,
): Promise<"applied" | "repeated"> {
  return await decideAsPerson(context, database, { ...nameOf(view), ...seen, via: "cli" });
}

/** How the use cases name a checkpoint. */
export function nameOf(view: CheckpointView): { run: number | null; number: number } {
  return { run: view.run, number: Number(view.id.split(/[.-]/).at(-1)) };
}

function commentOf({ comment }: DecisionOptions): { comment?: string } {
  return comment === undefined ? {} : { comment };
}

/** Shows the checkpoint and asks; the hash of what was shown, or undefined for no. */
async function confirmSeen(
  context: CommandContext,
  database: Database,
  view: CheckpointView,
  decision: Decision,
): Promise<string | undefined> {
  if (view.status !== "open" || decision.decision === "reject") return view.hash;
  const { question, output, clock } = context;
  if (question === undefined) {
    if (view.risk === "low") return view.hash;
    throw createUsageError(
      `${view.id} is of ${view.risk} risk: say what you have seen with --if-hash. Look first: lockstep checkpoints ${view.id}`,
    );
  }
  const { run, number } = nameOf(view);
  const detail = showCheckpoint(database.store, run, number, database.isEngineAlive);
  if (detail !== undefined) output.writeError(`${renderCheckpoint(detail, clock.now())}\n`);
  tellEdit(context, database, view, decision);
  const word = view.risk === "high" ? (view.workflow ?? "yes") : "y";
  const answer = await question(`Type ${sanitizeLine(word)} to ${decision.decision}: `);
  return answer.trim() === word ? view.hash : undefined;
}

/** An edit as a difference: `read: {"port":80} → {"port":8080}`, a line for each value. */
function tellEdit(
  { output }: CommandContext,
  { store, isEngineAlive }: Database,
  view: CheckpointView,
  decision: Decision,
): void {
  if (decision.decision !== "edit") return;
  const { run, number } = nameOf(view);
  const detail = showCheckpoint(store, run, number, isEngineAlive);
  const before = (id: string): string =>
    (view.kind === "layer"
      ? detail?.happened.find((task) => task.id === id)?.outputJson
      : id === view.task
        ? detail?.resolvedJson
        : undefined) ?? "nothing";
  for (const [id, value] of Object.entries(decision.values)) {
    output.writeError(`${sanitizeLine(`${id}: ${cut(before(id))} → ${cut(JSON.stringify(value))}`)}\n`);
  }
}

const EDIT_CHARS_MAX = 500;

function cut(text: string): string {
  return text.length <= EDIT_CHARS_MAX ? text : `${text.slice(0, EDIT_CHARS_MAX)}…`;
}

interface Told {
  readonly view: CheckpointView;
  readonly decision: Decision;
  readonly outcome: "applied" | "repeated";
  readonly seenHash: string;
  readonly by: Actor;
}

function tell(context: CommandContext, options: CommonOptions, database: Database, told: Told): void {
  const { view, decision, outcome, seenHash, by } = told;
  const { store, isEngineAlive } = database;
  const engine = view.run === null ? undefined : findActingEngine(store, view.run, isEngineAlive);
  if (options.json) {
    const names = { checkpoint: view.id, outcome, decision: decision.decision, seenHash, by: by.name };
    return writeJson(context, { ...names, engine: engine === undefined ? null : "live" });
  }
  const again = outcome === "repeated" ? " It was decided so before." : "";
  const next = view.run === null || view.kind === "ask" ? "" : ` ${describeNext(database, view, decision, engine)}`;
  context.output.writeOut(`${PAST[decision.decision]} ${view.id} (seen ${seenHash.slice(0, 6)}).${again}${next}\n`);
}

/** `prune starts: daemon` */
function describeNext(
  { store, isEngineAlive }: Database,
  view: CheckpointView,
  { decision }: Decision,
  engine: ActingEngine | undefined,
): string {
  if (engine === undefined) return `Recorded. ${describeNoEngine(store, view.run as number)}`;
  const who = nameActingEngine(engine);
  if (decision === "reject") return `The run is told: ${who}`;
  if (decision === "redo") return `It runs again: ${who}`;
  const { run, number } = nameOf(view);
  const [first, ...others] = showCheckpoint(store, run, number, isEngineAlive)?.consequences.starts ?? [];
  return first === undefined || others.length > 0 ? `It goes on: ${who}` : `${sanitizeLine(first)} starts: ${who}`;
}
