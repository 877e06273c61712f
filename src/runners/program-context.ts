import { format } from "node:util";
import type { DecideContext, TaskContext } from "../definition/program.ts";
import type { LogFile } from "./log-file.ts";
import type { ResultQuestion } from "./program-host.ts";
import type { Assignment } from "./runner.ts";
import { createSecretsView } from "./secrets-view.ts";

/** Longer texts are parsed when they are first looked at: a function may well not need its whole input. */
const EAGER_CHARS_MAX = 16_384;

/** What functions that decide are given. Every call parses afresh, so no function sees what another did to a value. */
export function createDecideContext(assignment: Assignment): DecideContext {
  const context: Writable<DecideContext> = {
    input: undefined,
    needs: parseNeeds(assignment.needsJson),
    run: {
      id: assignment.run.id,
      uid: assignment.run.uid,
      workflow: assignment.run.workflow,
      task: assignment.spec.id,
      labels: assignment.labels,
    },
    attempt: assignment.attempt,
    idempotencyKey: assignment.idempotencyKey,
    scheduledAt: assignment.scheduledAt,
  };
  setParsed(context, "input", assignment.inputJson);
  if (assignment.itemJson !== null) setParsed(context, "item", assignment.itemJson);
  if (assignment.index !== null) context.index = assignment.index;
  if (assignment.feedback !== null) context.feedback = assignment.feedback;
  if (assignment.answersJson !== null) setParsed(context, "answers", assignment.answersJson);
  if (assignment.secrets !== undefined) context.secrets = createSecretsView(assignment.secrets);
  return context;
}

/** What a function task is given. */
export function createTaskContext(assignment: Assignment, signal: AbortSignal, log: LogFile): TaskContext {
  const context = createDecideContext(assignment) as Writable<TaskContext>;
  context.signal = signal;
  context.log = (...values) => log.write("o", `${format(...values)}\n`);
  return context;
}

/** What `returns` is given: it belongs to the run, so what is about a task is empty. */
export function createResultContext(question: ResultQuestion): DecideContext {
  const context: Writable<DecideContext> = {
    input: undefined,
    needs: parseNeeds(question.needsJson),
    run: { ...question.run, task: "", labels: question.labels },
    attempt: 1,
    idempotencyKey: question.run.uid,
    scheduledAt: question.scheduledAt,
  };
  setParsed(context, "input", question.inputJson);
  return context;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function parseNeeds(needsJson: Assignment["needsJson"]): Record<string, unknown> {
  const needs: Record<string, unknown> = {};
  for (const name in needsJson) {
    const json = needsJson[name];
    if (json === null || json === undefined) needs[name] = undefined;
    else setParsed(needs, name, json);
  }
  return needs;
}

function setParsed<T extends object>(target: T, key: keyof T & string, json: string): void {
  if (json.length <= EAGER_CHARS_MAX) {
    target[key] = JSON.parse(json);
    return;
  }
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    get() {
      const value: unknown = JSON.parse(json);
      Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value });
      return value;
    },
    set(value: unknown) {
      Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value });
    },
  });
}
