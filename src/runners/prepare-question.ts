import { createHash } from "node:crypto";
import { parseDuration } from "../core/duration.ts";
import { LockstepError } from "../core/errors.ts";
import { SHOWN_BYTES_MAX } from "../core/limits.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import { concealJson } from "../core/secret-reference.ts";
import type { TaskSpec, WorkflowSpec } from "../core/workflow-spec.ts";
import type { DecideContext, ResolvedCheckpoint, TaskProgram } from "../definition/program.ts";
import type { PreparedQuestion } from "./runner.ts";
import { isLonger, serializeNamed } from "./serialize-value.ts";

/** Items of a long list that a person is shown; its hash stands for the rest. */
const FIRST_ITEMS = 100;

export interface QuestionSource {
  readonly workflow: WorkflowSpec;
  readonly spec: TaskSpec;
  readonly task: TaskProgram;
  /** A fresh context for each function. */
  readonly createContext: () => DecideContext;
  /** Of the secrets of the workflow: what is asked and shown goes into a row. */
  readonly masker: SecretMasker | undefined;
}

/**
 * Works out the question of a task's checkpoint; undefined where there is none this time. Here run the functions of its
 * author, never inside a transaction.
 * @param list the instances' items, where a map asks before it expands.
 */
export async function prepareQuestion(
  source: QuestionSource,
  list: readonly unknown[] | undefined,
): Promise<PreparedQuestion | undefined> {
  const { spec, task, createContext, masker } = source;
  const mask = masker?.mask ?? ((text: string) => text);
  const program = task.checkpoint ?? {};
  if (program.condition !== undefined && !(await program.condition(createContext()))) return undefined;
  const resolved: ResolvedCheckpoint | null =
    program.resolve === undefined ? {} : ((await program.resolve(createContext())) ?? null);
  if (resolved === null) return undefined;
  const declared = spec.checkpoint ?? {};
  const message = resolved.message ?? (program.message ? await program.message(createContext()) : declared.message);
  const show = resolved.show ?? (program.show ? await program.show(createContext()) : undefined);
  return {
    message: mask(checkMessage(spec.id, message ?? `Start ${spec.id}?`)),
    risk: resolved.risk ?? declared.risk ?? "medium",
    showJson: serializeShown(source, show),
    resolvedJson: await resolveInput(source, list),
    timeoutMs: resolved.timeout === undefined ? (declared.timeoutMs ?? null) : parseDuration(resolved.timeout),
    onTimeout: resolved.onTimeout ?? declared.onTimeout ?? "hold",
  };
}

/** The line end that a block of YAML closes with is none of the question's. */
function checkMessage(taskId: string, message: unknown): string {
  if (typeof message === "string") return message.trimEnd();
  throw new LockstepError(
    "not_a_text",
    `The message of the checkpoint before "${taskId}" must be a text, found a value of type ${typeof message}.`,
  );
}

function serializeShown({ spec, masker }: QuestionSource, show: unknown): string | null {
  const taskId = spec.id;
  const json = conceal(serializeNamed(taskId, show, "show") ?? null, masker);
  if (json !== null && isLonger(json, SHOWN_BYTES_MAX)) {
    throw new LockstepError(
      "output_too_large",
      `The checkpoint before "${taskId}" shows more than ${SHOWN_BYTES_MAX / 1_024} KiB. Show a summary, or the path of a file.`,
    );
  }
  return json;
}

/** What the task would be given. With secrets declared, the parts in which they may stand are left out. */
export async function resolveInput(
  source: QuestionSource,
  list: readonly unknown[] | undefined,
): Promise<string | null> {
  const { task, createContext, workflow } = source;
  const withoutSecrets = Object.keys(workflow.secrets ?? {}).length > 0;
  if (list !== undefined) return summarizeList(source, list);
  if (task.command !== undefined) {
    const { command, cwd, env, stdin, files } = await task.command(createContext());
    return summarize(source, withoutSecrets ? { command, cwd, files } : { command, cwd, env, stdin, files });
  }
  if (task.request !== undefined) {
    const { url, method, body } = await task.request(createContext());
    return summarize(source, withoutSecrets ? { url, method } : { url, method, body });
  }
  if (task.childInput !== undefined) return summarize(source, await task.childInput(createContext()));
  const context = createContext();
  return "item" in context ? summarize(source, context.item) : null;
}

function summarize({ spec, masker }: QuestionSource, value: unknown): string | null {
  const json = conceal(serializeNamed(spec.id, value, "input") ?? null, masker);
  if (json === null || !isLonger(json, SHOWN_BYTES_MAX)) return json;
  return JSON.stringify({ bytes: Buffer.byteLength(json), sha256: hash(json), first: json.slice(0, 1_024) });
}

function summarizeList({ spec, masker }: QuestionSource, list: readonly unknown[]): string {
  const json = conceal(serializeNamed(spec.id, list, "items") ?? "[]", masker);
  if (!isLonger(json, SHOWN_BYTES_MAX)) return json;
  const first = (JSON.parse(json) as unknown[]).slice(0, FIRST_ITEMS);
  const summary = JSON.stringify({ items: list.length, sha256: hash(json), first });
  return isLonger(summary, SHOWN_BYTES_MAX) ? JSON.stringify({ items: list.length, sha256: hash(json) }) : summary;
}

function conceal<Text extends string | null>(json: Text, masker: SecretMasker | undefined): Text | string {
  return json === null || masker === undefined ? json : concealJson(json, masker);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
