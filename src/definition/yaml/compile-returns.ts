import type { ReturnsSpec, TaskSpec } from "../../core/workflow-spec.ts";
import { createDefaultReturns } from "../default-returns.ts";
import type { WorkflowProgram } from "../program.ts";
import type { NameRules } from "./expression-names.ts";
import type { Expression } from "./expression-parser.ts";
import { parseExpression } from "./expression-parser.ts";
import { isOnlyExpression, splitText } from "./expression-text.ts";
import type { LoadContext } from "./load-context.ts";
import { createScope } from "./scope.ts";

export interface CompiledReturns {
  readonly spec: { readonly returns?: ReturnsSpec };
  readonly program: Pick<WorkflowProgram, "returns">;
}

/**
 * `returns`: in it, `needs` has the outputs of all tasks, by their ids. One task's output as it is, or a map of such, needs no
 * template: whoever ends the run then knows which outputs are asked for.
 */
export function compileReturns(
  load: LoadContext,
  rules: NameRules,
  indexOf: ReadonlyMap<string, number>,
  tasks: readonly TaskSpec[],
): CompiledReturns {
  const { returns } = load.definition;
  if (returns === undefined) {
    const byDefault = createDefaultReturns(tasks);
    return { spec: byDefault === undefined ? {} : { returns: byDefault }, program: {} };
  }
  const template = load.compile(returns, ["returns"], { ...rules, needs: new Set(indexOf.keys()) });
  const spec = findPlainReturns(returns, indexOf);
  if (spec !== undefined) return { spec: { returns: spec }, program: {} };
  return {
    spec: { returns: { kind: "template", template: returns } },
    program: { returns: (context) => template.evaluate(createScope(context, () => ({}))) },
  };
}

function findPlainReturns(returns: unknown, indexOf: ReadonlyMap<string, number>): ReturnsSpec | undefined {
  const task = findTask(returns, indexOf);
  if (task !== undefined) return { kind: "task", task };
  if (typeof returns !== "object" || returns === null || Array.isArray(returns)) return undefined;
  const entries = Object.entries(returns).map(([name, value]) => [name, findTask(value, indexOf)] as const);
  if (entries.length === 0 || entries.some(([, index]) => index === undefined)) return undefined;
  return { kind: "record", tasks: Object.fromEntries(entries) as Record<string, number> };
}

/** The task of a value that is `${{ needs.ID }}` and no more. */
function findTask(value: unknown, indexOf: ReadonlyMap<string, number>): number | undefined {
  if (typeof value !== "string" || !value.includes("${{")) return undefined;
  try {
    const parts = splitText(value);
    const part = parts.find(({ kind }) => kind === "expression");
    if (part?.kind !== "expression" || !isOnlyExpression(parts)) return undefined;
    const name = findNeed(parseExpression(part.source));
    return name === undefined ? undefined : indexOf.get(name);
  } catch {
    // What cannot be read was reported where it was compiled.
    return undefined;
  }
}

function findNeed(expression: Expression): string | undefined {
  if (expression.kind !== "member" || expression.of.kind !== "name" || expression.of.name !== "needs") return undefined;
  const { key } = expression;
  return key.kind === "literal" && typeof key.value === "string" ? key.value : undefined;
}
