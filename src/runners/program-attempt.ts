import type { Clock } from "../core/ports.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import type { TaskProgram, WorkflowProgram } from "../definition/program.ts";
import { editChildInput, editItem, editPlan, isAsSeen, pickItems } from "./approved-input.ts";
import { isPromise, labelItems, serializeItems, splitList } from "./expand-list.ts";
import { createFailure } from "./failed-outcome.ts";
import type { LogFile } from "./log-file.ts";
import { prepareChild } from "./prepare-child.ts";
import { prepareQuestion } from "./prepare-question.ts";
import { createDecideContext, createTaskContext } from "./program-context.ts";
import type { ProgramOutcome } from "./program-host.ts";
import { reviewQuestion } from "./review-question.ts";
import type { Assignment } from "./runner.ts";
import { runWithSecrets } from "./secret-attempt.ts";
import { serializeTaskOutput } from "./serialize-value.ts";

export interface ProgramAttempt {
  readonly program: WorkflowProgram;
  readonly task: TaskProgram;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
  readonly log: LogFile;
  readonly clock: Clock;
  /** Where the workflow declares secrets. */
  readonly masker: SecretMasker | undefined;
}

/**
 * Runs a step of a task. A function that returns without a promise is over when this returns; everything else is a
 * promise. Never throws or rejects: what was thrown is an outcome.
 */
export function startAttempt(given: ProgramAttempt): ProgramOutcome | Promise<ProgramOutcome> {
  const hasSecrets = given.masker !== undefined || given.program.spec.secrets !== undefined;
  return hasSecrets ? runWithSecrets(given, startStep) : startStep(given);
}

function startStep(given: ProgramAttempt): ProgramOutcome | Promise<ProgramOutcome> {
  const attempt =
    given.assignment.approval === undefined ? given : { ...given, assignment: editItem(given.assignment) };
  try {
    return isPlainFunction(attempt) ? runFunction(attempt) : prepareAndRun(attempt).catch((e) => fail(attempt, e));
  } catch (error) {
    return fail(attempt, error);
  }
}

function isPlainFunction({ task, assignment }: ProgramAttempt): boolean {
  return (
    assignment.step === "body" &&
    assignment.spec.kind === "function" &&
    (task.condition === undefined || assignment.index !== null) &&
    !mayAsk(assignment)
  );
}

/** A map asks once, before it expands, or with `each` before every instance. */
function mayAsk({ spec, approved, step, index }: Assignment): boolean {
  if (approved || spec.checkpoint === undefined) return false;
  if (spec.map === undefined) return true;
  return spec.checkpoint.each === true ? step === "body" && index !== null : step === "expand";
}

async function prepareAndRun(attempt: ProgramAttempt): Promise<ProgramOutcome> {
  const { task, assignment, program } = attempt;
  const { spec } = assignment;
  const createContext = () => createDecideContext(assignment);
  if (task.condition !== undefined && assignment.index === null) {
    if (!(await task.condition(createContext()))) return { kind: "skipped" };
  }
  const list = assignment.step === "expand" ? splitList(spec, await task.over?.(createContext())) : undefined;
  const source = { workflow: program.spec, spec, task, createContext, masker: attempt.masker };
  if (mayAsk(assignment) || !(await isAsSeen(source, list, assignment))) {
    const question = await prepareQuestion(source, list);
    if (question !== undefined) {
      const verdict = await reviewQuestion(assignment, task.checkpoint, question, attempt);
      return { kind: "asks", question, ...(verdict && { verdict }) };
    }
  }
  if (list === undefined) return await runBody(attempt);
  const items = serializeItems(spec, pickItems(list, assignment));
  return { kind: "expanded", items, labels: await labelItems(task, createContext(), items) };
}

async function runBody(attempt: ProgramAttempt): Promise<ProgramOutcome> {
  const { task, assignment } = attempt;
  switch (assignment.spec.kind) {
    case "function":
      return await runFunction(attempt);
    case "command":
      return {
        kind: "command",
        checked: task.parseOutput !== undefined,
        plan: editPlan(await demand(task.command, "command")(createDecideContext(assignment)), assignment),
      };
    case "http":
      return {
        kind: "request",
        plan: editPlan(await demand(task.request, "request")(createDecideContext(assignment)), assignment),
      };
    case "child":
      return await runChild(attempt);
    case "confirm":
      return { kind: "succeeded", output: assignment.answersJson };
  }
}

/** Works out the input of a child run. Its start is the engine's. */
async function runChild({ program, task, assignment }: ProgramAttempt): Promise<ProgramOutcome> {
  const { id, child: name = "" } = assignment.spec;
  const input = await task.childInput?.(createDecideContext(assignment));
  const inputJson = editChildInput(serializeTaskOutput(id, input ?? {}, "input") ?? "{}", assignment);
  const child = program.children?.get(name);
  return child === undefined ? { kind: "namedChild", name, inputJson } : await prepareChild(child, inputJson);
}

function runFunction(attempt: ProgramAttempt): ProgramOutcome | Promise<ProgramOutcome> {
  const { task, assignment, signal, log } = attempt;
  const value = demand(task.body, "body")(createTaskContext(assignment, signal, log));
  if (task.parseOutput !== undefined) return finishChecked(attempt, value, task.parseOutput);
  if (!isPromise(value)) return succeed(attempt, value);
  return Promise.resolve(value).then(
    (settled) => {
      try {
        return succeed(attempt, settled);
      } catch (error) {
        return fail(attempt, error);
      }
    },
    (error: unknown) => fail(attempt, error),
  );
}

async function finishChecked(
  attempt: ProgramAttempt,
  value: unknown,
  parseOutput: NonNullable<TaskProgram["parseOutput"]>,
): Promise<ProgramOutcome> {
  try {
    return succeed(attempt, await parseOutput(await value));
  } catch (error) {
    return fail(attempt, error);
  }
}

function succeed({ assignment, log }: ProgramAttempt, value: unknown): ProgramOutcome {
  const output = serializeTaskOutput(assignment.spec.id, value);
  return { kind: "succeeded", output, ...log.close() };
}

function fail({ log, masker }: ProgramAttempt, thrown: unknown): ProgramOutcome {
  return createFailure(thrown, log.close(), masker?.mask);
}

function demand<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`the program of this task has no ${name}`);
  return part;
}
