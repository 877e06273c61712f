import type { CheckpointSpec, JsonSchema, LayerReviewSpec } from "../core/workflow-spec.ts";
import type { Writable } from "./draft.ts";
import {
  createExpectedError,
  type Options,
  readBoolean,
  readDurationMs,
  readFunction,
  readOneOf,
  readRecord,
  refuseUnknownKeys,
} from "./option-reader.ts";
import type { CheckpointProgram } from "./program.ts";
import { findJsonSchema, readSchema } from "./schema-check.ts";

const RISKS = ["low", "medium", "high"] as const;
const ON_TIMEOUT = ["hold", "approve", "reject"] as const;

export const CHECKPOINT_KEYS = [
  "message",
  "show",
  "risk",
  "timeout",
  "onTimeout",
  "fields",
  "if",
  "each",
  "review",
  "maxRisk",
] as const;
const KNOWN: ReadonlySet<string> = new Set(CHECKPOINT_KEYS);

export interface ReadCheckpoint {
  readonly spec: CheckpointSpec;
  readonly program: CheckpointProgram;
}

/** Reads a task's checkpoint: an object, or a function that makes one or null. */
export function readCheckpoint(value: unknown, path: string): ReadCheckpoint {
  if (typeof value === "function") {
    return { spec: {}, program: { resolve: value as NonNullable<CheckpointProgram["resolve"]> } };
  }
  const options = readRecord(value, path, 'an object such as { message: "Go on?", risk: "high" }, or a function');
  refuseUnknownKeys(options, KNOWN, path);
  const spec: Writable<CheckpointSpec> = readRiskAndTimeout(options, path);
  const program: Writable<CheckpointProgram> = {};
  readMessage(options.message, path, spec, program);
  readShow(options.show, program);
  if (options.fields !== undefined) readFields(options.fields, path, spec);
  if (options.if !== undefined) program.condition = readFunction(options.if, `${path}.if`);
  if (options.each !== undefined && readBoolean(options.each, `${path}.each`)) spec.each = true;
  if (options.maxRisk !== undefined) spec.maxRisk = readOneOf(options.maxRisk, `${path}.maxRisk`, RISKS);
  if (options.review !== undefined) {
    spec.reviewed = true;
    program.review = readFunction(options.review, `${path}.review`);
  } else if (options.maxRisk !== undefined) {
    throw createExpectedError(`${path}.review`, "a function, since maxRisk speaks of what it may decide", undefined);
  }
  return { spec, program };
}

/** What a layer's review and a task's checkpoint share. */
export function readRiskAndTimeout(options: Options, path: string): Writable<LayerReviewSpec> {
  const spec: Writable<LayerReviewSpec> = {};
  if (options.risk !== undefined) spec.risk = readOneOf(options.risk, `${path}.risk`, RISKS);
  if (options.timeout !== undefined) spec.timeoutMs = readDurationMs(options.timeout, `${path}.timeout`);
  if (options.onTimeout !== undefined) {
    const onTimeout = readOneOf(options.onTimeout, `${path}.onTimeout`, ON_TIMEOUT);
    if (spec.timeoutMs === undefined && onTimeout !== "hold") {
      throw createExpectedError(`${path}.timeout`, `a duration after which it is to ${onTimeout}`, undefined);
    }
    if (onTimeout !== "hold") spec.onTimeout = onTimeout;
  }
  return spec;
}

function readMessage(
  value: unknown,
  path: string,
  spec: Writable<CheckpointSpec>,
  program: Writable<CheckpointProgram>,
): void {
  if (value === undefined) return;
  if (typeof value === "function") program.message = readFunction(value, `${path}.message`);
  else if (typeof value === "string" && value !== "") spec.message = value;
  else throw createExpectedError(`${path}.message`, "text or a function", value);
}

function readShow(value: unknown, program: Writable<CheckpointProgram>): void {
  if (value === undefined) return;
  program.show = typeof value === "function" ? readFunction(value, "show") : () => value;
}

function readFields(value: unknown, path: string, spec: Writable<CheckpointSpec>): void {
  const fields = findJsonSchema(readSchema(value, `${path}.fields`), "input");
  if (fields === undefined) {
    throw createExpectedError(
      `${path}.fields`,
      "a schema whose library makes JSON Schema of it (zod 4.2 or newer)",
      value,
    );
  }
  if (spec.onTimeout === "approve" && hasRequiredFields(fields)) {
    throw createExpectedError(
      `${path}.fields`,
      'fields that all have a default, since onTimeout: "approve" fills in none',
      fields.required,
    );
  }
  spec.fields = fields;
}

/** Whether an approval without answers would leave out what the task is to be given. */
export function hasRequiredFields({ required }: JsonSchema): boolean {
  return Array.isArray(required) && required.length > 0;
}
