import { parseDuration } from "../../core/duration.ts";
import type { CheckpointSpec, JsonSchema, LayerReviewSpec } from "../../core/workflow-spec.ts";
import { hasRequiredFields } from "../checkpoint-options.ts";
import type { CheckpointProgram, DecideContext } from "../program.ts";
import { type ExpressionScope, isTruthy } from "./expression-evaluator.ts";
import { toInsertedText } from "./expression-functions.ts";
import type { NameRules } from "./expression-names.ts";
import { toInputJsonSchema } from "./input-schema.ts";
import type { LoadContext } from "./load-context.ts";
import type { CheckpointDefinition } from "./schema-tasks.ts";
import type { Template } from "./template.ts";
import type { YamlPath } from "./yaml-document.ts";

export interface CompiledCheckpoint {
  readonly spec: CheckpointSpec;
  readonly program: CheckpointProgram;
}

type ToScope = (context: DecideContext) => ExpressionScope;

/** Makes a checkpoint of a question, or of a map with its options. */
export function compileCheckpoint(
  load: LoadContext,
  written: string | CheckpointDefinition,
  path: YamlPath,
  rules: NameRules,
  toScope: ToScope,
): CompiledCheckpoint {
  if (typeof written === "string") {
    return compileMessage(load, written, path, rules, toScope);
  }
  const fields: { readonly fields?: JsonSchema } =
    written.fields === undefined
      ? {}
      : { fields: toInputJsonSchema(written.fields, [...path, "fields"], (at, message) => load.report(at, message)) };
  if (written.onTimeout === "approve" && fields.fields !== undefined && hasRequiredFields(fields.fields)) {
    load.report(
      [...path, "fields"],
      "fields: expected that all have a default, since onTimeout: approve fills in none. Give them a default, or let it hold",
    );
  }
  const message = compileMessage(load, written.message, [...path, "message"], rules, toScope);
  const spec = {
    ...compileReview(load, written, path),
    ...message.spec,
    ...fields,
    ...(written.each === true ? { each: true as const } : {}),
  };
  const program = {
    ...message.program,
    ...compileShow(load, written.show, [...path, "show"], rules, toScope),
    ...compileCondition(load, written.if, [...path, "if"], rules, toScope),
  };
  return { spec, program };
}

/** What a checkpoint before a task and a review after a layer share. */
export function compileReview(
  load: LoadContext,
  written: Pick<CheckpointDefinition, "risk" | "timeout" | "onTimeout">,
  path: YamlPath,
): LayerReviewSpec {
  const { risk, timeout, onTimeout } = written;
  if (onTimeout !== undefined && onTimeout !== "hold" && timeout === undefined) {
    load.report([...path, "onTimeout"], `onTimeout: expected a timeout beside it, after which it is to ${onTimeout}`);
  }
  return {
    ...(risk === undefined ? {} : { risk }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
    ...(onTimeout === undefined || onTimeout === "hold" ? {} : { onTimeout }),
  };
}

/** `if`: a condition that is always true is none. */
export function compileCondition(
  load: LoadContext,
  written: boolean | string | undefined,
  path: YamlPath,
  rules: NameRules,
  toScope: ToScope,
): { condition?: (context: DecideContext) => boolean } {
  if (written === undefined || written === true) return {};
  const template = load.compile(written, path, rules);
  return { condition: (context) => isTruthy(template.evaluate(toScope(context))) };
}

function compileMessage(
  load: LoadContext,
  written: string | undefined,
  path: YamlPath,
  rules: NameRules,
  toScope: ToScope,
): { spec: { message?: string }; program: CheckpointProgram } {
  if (written === undefined) return { spec: {}, program: {} };
  const message = load.compile(written, path, rules);
  if (message.constant) return { spec: { message: written }, program: {} };
  return { spec: {}, program: { message: toText(message, toScope) } };
}

function compileShow(
  load: LoadContext,
  written: unknown,
  path: YamlPath,
  rules: NameRules,
  toScope: ToScope,
): CheckpointProgram {
  if (written === undefined) return {};
  const show = load.compile(written, path, rules);
  return { show: (context) => show.evaluate(toScope(context)) };
}

function toText(template: Template, toScope: ToScope): (context: DecideContext) => string {
  return (context) => toInsertedText(template.evaluate(toScope(context)));
}
