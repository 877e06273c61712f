import { hashText, toCanonicalJson } from "../core/canonical-json.ts";
import { InvalidInputError, LockstepError } from "../core/errors.ts";
import type { ChildWorkflow } from "../core/outcome.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import { createFailure, type FailedOutcome } from "./failed-outcome.ts";
import type { ChildOutcome } from "./program-host.ts";
import { serializeTaskOutput } from "./serialize-value.ts";

/** The start of a child run: its input, checked and completed by its schema. Never rejects. */
export async function prepareChild(program: WorkflowProgram, inputJson: string): Promise<ChildOutcome> {
  const { name } = program.spec;
  try {
    const input: unknown = await program.parseInput(JSON.parse(inputJson));
    const checked = serializeTaskOutput(name, input, "input") ?? "null";
    return { kind: "child", inputJson: checked, workflow: describeProgram(program) };
  } catch (error) {
    return error instanceof InvalidInputError ? createInputFailure(name, error.message) : createFailure(error);
  }
}

export function createInputFailure(name: string, message: string): FailedOutcome {
  return createFailure(new LockstepError("child_input", `the input for its child workflow "${name}": ${message}`));
}

export function createChildMissing(name: string): FailedOutcome {
  const message = `its child workflow "${name}" is not loaded here. Put its file into the workflows folder, or beside the file that names it.`;
  return createFailure(new LockstepError("child_missing", message));
}

const DESCRIBED = new WeakMap<WorkflowProgram, ChildWorkflow>();

/** A program as plain values. */
export function describeProgram(program: WorkflowProgram): ChildWorkflow {
  const found = DESCRIBED.get(program);
  if (found !== undefined) return found;
  const { spec, source } = program;
  const specJson = toCanonicalJson(spec);
  const made = { name: spec.name, specJson, definitionHash: hashText(specJson), ...source };
  DESCRIBED.set(program, made);
  return made;
}
