import type { CheckpointView } from "../core/checkpoint-view.ts";
import type { Decision } from "../core/decision.ts";
import { ConflictError, InvalidInputError } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import type { JsonSchema } from "../core/workflow-spec.ts";
import { listFormFields } from "../views/form-fields.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { listOpenDescendants } from "../views/related-runs.ts";
import { findRunStatus } from "../views/run-record.ts";
import { showCheckpoint } from "../views/show-checkpoint.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import type { Execution } from "./execution.ts";
import { type Followed, followElsewhere, followExecution } from "./follow-run.ts";
import { decideSeen, nameOf } from "./make-decision.ts";
import { renderCheckpoint } from "./render-checkpoint.ts";

/**
 * A run in the foreground waits for a decision: the person at the terminal is asked, and the run goes on with the
 * answer, until it is over or the person leaves it waiting. Where somebody else decides first it goes on with that.
 * Without a terminal it is left waiting at once.
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
    const answer = view && (await askPerson(context, execution, view, context.question));
    if (view !== undefined && answer === undefined) return followed;
    if (view !== undefined && answer !== undefined && answer !== "elsewhere") {
      await decideOrTell(context, execution, view, answer);
    }
    const next = await goOn(context, execution, runId);
    if (view === undefined && next.status === "waiting") return followed;
    followed = next;
  }
  return followed;
}

/** Executes what was decided, unless it waits on, is over, or another engine was quicker. */
async function goOn(context: CommandContext, execution: Execution, runId: number): Promise<Followed> {
  const status = findRunStatus(execution.store, runId, execution.isEngineAlive) ?? "interrupted";
  if (status === "running") return await followElsewhere(context, execution, runId);
  if (status !== "queued" && status !== "interrupted") return { status, wasInterrupted: false };
  try {
    await execution.engine.takeUp(runId);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return await followElsewhere(context, execution, runId);
  }
  return await followExecution(context, execution, runId);
}

/** What somebody else has decided meanwhile stands: it is told, and the run goes on with it. What does not fit is asked again. */
async function decideOrTell(
  context: CommandContext,
  execution: Execution,
  view: CheckpointView,
  decision: Decision,
): Promise<void> {
  try {
    await decideSeen(context, execution, { view, seenHash: view.hash, decision });
  } catch (error) {
    if (!(error instanceof ConflictError || error instanceof InvalidInputError)) throw error;
    context.output.writeError(`${sanitizeLine(error.message)}\n`);
  }
}

/** Of the run, else of a run below it. */
function findOpenCheckpoint({ store }: Execution, runId: number): CheckpointView | undefined {
  const runs = [runId, ...listOpenDescendants(store, runId).map((each) => each.run)];
  return listCheckpoints(store, { runs, status: "open", limit: 1 })[0];
}

type Question = NonNullable<CommandContext["question"]>;

/** `elsewhere`: it was decided, or ended, before this person has answered. Undefined: it is left waiting. */
async function askPerson(
  context: CommandContext,
  execution: Execution,
  view: CheckpointView,
  question: Question,
): Promise<Decision | "elsewhere" | undefined> {
  const { run, number } = nameOf(view);
  const detail = showCheckpoint(execution.store, run, number, execution.isEngineAlive);
  if (detail !== undefined) context.output.writeError(`\n${renderCheckpoint(detail, context.clock.now())}\n`);
  const closing = new AbortController();
  const endWatch = watchClosing(context, execution, view, () => closing.abort());
  try {
    return await readDecision(view, detail?.fields ?? null, (text) => question(text, closing.signal));
  } catch (error) {
    if (!closing.signal.aborted) throw error;
    context.output.writeError(`\n${view.id} was decided elsewhere.\n`);
    return "elsewhere";
  } finally {
    endWatch();
  }
}

const LOOK_EVERY_MS = 200;

/** Calls back once the checkpoint is no longer open, until the function that is returned is called. */
function watchClosing(
  { clock }: CommandContext,
  { store }: Execution,
  view: CheckpointView,
  onClosed: () => void,
): () => void {
  const { run, number } = nameOf(view);
  let cancel = (): void => {};
  const look = (): void => {
    const open = listCheckpoints(store, { status: "open", number, ...(run === null ? {} : { run }) });
    if (open.length === 0) onClosed();
    else cancel = clock.schedule(LOOK_EVERY_MS, look);
  };
  cancel = clock.schedule(LOOK_EVERY_MS, look);
  return () => cancel();
}

async function readDecision(
  view: CheckpointView,
  fields: JsonSchema | null,
  ask: (text: string) => Promise<string>,
): Promise<Decision | undefined> {
  const answer = await askForOne(["a", "r"], "a approve · r reject · Enter leaves it waiting: ", ask);
  if (answer === "") return undefined;
  if (answer === "r") {
    const reason = (await ask("Reason: ")).trim();
    return reason === "" ? undefined : { decision: "reject", reason };
  }
  const form = fields === null ? {} : { answers: await readAnswers(fields, ask) };
  if (view.risk !== "high" || view.workflow === null) return { decision: "approve", ...form };
  const typed = await ask(`Type ${sanitizeLine(view.workflow)} to approve: `);
  return typed.trim() === view.workflow ? { decision: "approve", ...form } : undefined;
}

/** Asks until it is one of these answers; "" is none of them. */
async function askForOne(
  answers: readonly string[],
  prompt: string,
  ask: (text: string) => Promise<string>,
): Promise<string> {
  for (let text = prompt; ; ) {
    const answer = (await ask(text)).trim();
    if (answer === "" || answers.includes(answer)) return answer;
    text = `Expected ${answers.join(" or ")}. ${prompt}`;
  }
}

/** The form as one JSON object; its schema has the last word. What is no JSON is left to it as the text that it is. */
async function readAnswers(schema: JsonSchema, ask: (text: string) => Promise<string>): Promise<unknown> {
  const names = listFormFields(schema).map(({ name }) => name);
  const text = (await ask(`Its form as JSON (${sanitizeLine(names.join(", "))}): `)).trim();
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return text;
  }
}
