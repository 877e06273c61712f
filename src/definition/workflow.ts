import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Jsonify } from "../core/jsonify.ts";
import { createBuilderMethods, TaskList } from "./builder.ts";
import { createProgram } from "./create-program.ts";
import type { WorkflowProgram } from "./program.ts";
import { readWorkflowName, readWorkflowOptions } from "./read-workflow-options.ts";
import type { WorkflowBuilder } from "./workflow-builder.ts";
import { createMark } from "./workflow-mark.ts";
import type { WorkflowOptions } from "./workflow-options.ts";

/** Options without a schema of the input. */
type UntypedOptions<Secrets extends string> = Omit<WorkflowOptions<StandardSchemaV1, Secrets>, "input"> & {
  readonly input?: undefined;
};

/**
 * Begins a workflow. Declare its tasks on what is returned, and export that: `export default wf`.
 * @param name a small letter, then small letters, digits and `-`; at most 63 characters.
 * @throws {InvalidDefinitionError} where the name or an option is wrong.
 */
export function workflow<Schema extends StandardSchemaV1, const Secrets extends string = never>(
  name: string,
  options: WorkflowOptions<Schema, Secrets> & { readonly input: Schema },
): WorkflowBuilder<StandardSchemaV1.InferInput<Schema>, Jsonify<StandardSchemaV1.InferOutput<Schema>>, Secrets>;
export function workflow<const Secrets extends string = never>(
  name: string,
  options?: UntypedOptions<Secrets>,
): WorkflowBuilder<unknown, unknown, Secrets>;
export function workflow(name: string, options?: unknown): unknown {
  const list = new TaskList(readWorkflowName(name));
  const facts = readWorkflowOptions(list.name, options);
  let program: WorkflowProgram | undefined;
  const mark = createMark(() => {
    program ??= createProgram(facts, list.seal());
    return program;
  });
  const wf: Record<PropertyKey, unknown> = {
    name: list.name,
    ...createBuilderMethods(list),
    returns(result: unknown) {
      list.setReturns(result);
      return wf;
    },
  };
  for (const key of Object.getOwnPropertySymbols(mark))
    Object.defineProperty(wf, key, { value: Reflect.get(mark, key) });
  return wf;
}
