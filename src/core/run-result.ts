import type { WorkflowSpec } from "./workflow-spec.ts";

/** Computes what a `returns` template says of the outputs; the reader of templates stands elsewhere. */
export type EvaluateReturns = (template: unknown, context: Readonly<Record<string, unknown>>) => unknown;

/**
 * The result of a run that succeeded, derived from the outputs of its tasks. A task without an output counts as null.
 * @param readOutput the parsed output of the task at an index
 */
export function deriveResult(
  spec: WorkflowSpec,
  readOutput: (index: number) => unknown,
  evaluate: (template: unknown) => unknown,
): unknown {
  const { returns } = spec;
  if (returns === undefined) return null;
  if (returns.kind === "task") return readOutput(returns.task);
  if (returns.kind === "template") return evaluate(returns.template);
  return Object.fromEntries(Object.entries(returns.tasks).map(([name, index]) => [name, readOutput(index)]));
}
