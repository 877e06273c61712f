import { canonicalizeJson } from "../core/canonical-json.ts";
import { KeyConflictError } from "../core/errors.ts";
import type { NewUid } from "../core/ports.ts";
import { noteFact } from "../core/run-notes.ts";
import { createRunState, type RunState } from "../core/run-state.ts";
import type { RunMode } from "../core/run-status.ts";
import type { Strategy } from "../core/workflow-spec.ts";
import { insertRuns, type Rows, saveRun } from "../store/rows.ts";
import type { NewRunRow } from "../store/run-inserts.ts";
import { checkKey } from "./check-key.ts";
import type { DefinitionValue } from "./definition-value.ts";
import type { PlanCache } from "./plan-cache.ts";
import { registerResources } from "./register-resources.ts";

/** A run to be. `inputJson` was checked by the workflow's schema. */
export interface Submission {
  /** Globally unique: for who has to know it before the run is there. Default: a new one. */
  readonly uid?: string;
  readonly definition: DefinitionValue;
  readonly inputJson: string;
  readonly mode: RunMode;
  /** The folder of the workflow's file: where its commands run. */
  readonly cwd: string;
  readonly file?: string;
  readonly exportName?: string;
  readonly codeHash?: string;
  /** The same key with the same input is the same run. */
  readonly key?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxConcurrent?: number;
  readonly strategy?: Strategy;
  readonly review?: boolean;
  /** ISO 8601 with zone; default: the submission. */
  readonly scheduledAt?: string;
  readonly parentTaskId?: number;
  readonly slotId?: number;
  /** Of a schedule: its resources were checked and written when its workflow was loaded, beside the config of then. */
  readonly isRegistered?: true;
}

export type Submitted =
  | { readonly kind: "new"; readonly state: RunState }
  | { readonly kind: "known"; readonly runId: number };

export interface SubmitOptions {
  readonly begin?: (state: RunState) => void;
  /** Takes the rows of runs without a key instead of the table: they are inserted with those that come with them. */
  readonly together?: NewRunRow[];
}

/**
 * Inserts a run: queued, or as `begin` leaves it; inside a transaction. `saveRuns` writes its tasks.
 * @throws {KeyConflictError} where the key was used with another input. {InvalidInputError} where it is none. Nothing
 *   was written then.
 */
export function submitRun(
  rows: Rows,
  plans: PlanCache,
  submission: Submission,
  newUid: NewUid,
  now: number,
  { begin, together }: SubmitOptions = {},
): Submitted {
  const known = findKnownRun(rows, submission);
  if (known !== undefined) return { kind: "known", runId: known };
  const { spec } = submission.definition;
  if (!submission.isRegistered) registerResources(rows, spec, submission.file, plans, now);
  const plan = plans.register(submission.definition, now);
  const state = createRunState(plan, {
    id: findNextId(rows, together),
    uid: submission.uid ?? newUid(),
    mode: submission.mode,
    strategy: submission.strategy ?? plan.spec.strategy ?? "layers",
    isReviewed: submission.review ?? plan.spec.review !== undefined,
    maxConcurrent: submission.maxConcurrent ?? plan.spec.maxConcurrent ?? null,
    parentTaskId: submission.parentTaskId ?? null,
    facts: {
      inputJson: submission.inputJson,
      labels: { ...plan.spec.labels, ...submission.labels },
      scheduledAt: submission.scheduledAt ?? formatInstant(now),
      cwd: submission.cwd,
      file: submission.file ?? null,
      exportName: submission.exportName ?? null,
      codeHash: submission.codeHash ?? null,
      createdAt: now,
    },
  });
  const { key = null, slotId = null } = submission;
  noteFact(state, "run.queued", { workflow: plan.spec.name });
  begin?.(state);
  const row = { state, key, slotId };
  if (together !== undefined && key === null) together.push(row);
  else insertRuns(rows, [...(together?.splice(0) ?? []), row]);
  return { kind: "new", state };
}

/** Writes a run that no engine of this process will take up. */
export function submitQueuedRun(
  rows: Rows,
  plans: PlanCache,
  submission: Submission,
  newUid: NewUid,
  now: number,
): number {
  const submitted = submitRun(rows, plans, submission, newUid, now);
  if (submitted.kind === "known") return submitted.runId;
  saveRun(rows, submitted.state, now);
  return submitted.state.id;
}

function findKnownRun(rows: Rows, { key, definition, inputJson }: Submission): number | undefined {
  if (key === undefined) return undefined;
  checkKey(key, "Nothing was started.");
  const found = rows.runs.findByKey(definition.spec.name, key);
  if (found === undefined) return undefined;
  if (isSameJson(found.inputJson ?? "null", inputJson)) return found.id;
  throw new KeyConflictError(
    `The key "${key}" was used by run #${found.id} of ${definition.spec.name} with another input. Nothing was started. Use another key, or the same input.`,
  );
}

/** The order of keys is no other input. */
function isSameJson(one: string, other: string): boolean {
  return one === other || canonicalizeJson(one) === canonicalizeJson(other);
}

function findNextId(rows: Rows, together: readonly NewRunRow[] = []): number {
  const last = together.at(-1);
  return last === undefined ? rows.runs.nextId() : last.state.id + 1;
}

let lastInstant = { at: Number.NaN, text: "" };

/** Runs that are submitted together have one. */
function formatInstant(at: number): string {
  if (lastInstant.at !== at) lastInstant = { at, text: new Date(at).toISOString() };
  return lastInstant.text;
}
