import { ATTEMPTS_MAX } from "../core/limits.ts";
import { completeRetry, type RetrySpec } from "../core/workflow-spec.ts";
import { readCheckpoint } from "./checkpoint-options.ts";
import type { TaskFields, Writable } from "./draft.ts";
import {
  createExpectedError,
  type Options,
  readBoolean,
  readDurationMs,
  readFunction,
  readInteger,
  readNumber,
  readOneOf,
  readRecord,
  readText,
  refuseUnknownKeys,
} from "./option-reader.ts";
import type { TaskProgram } from "./program.ts";

export interface ReadOptions {
  readonly fields: Writable<TaskFields>;
  readonly program: Writable<TaskProgram>;
}

export const COMMON_KEYS = [
  "description",
  "needs",
  "after",
  "when",
  "if",
  "retry",
  "timeout",
  "grace",
  "uses",
  "priority",
  "allowFailure",
  "checkpoint",
] as const;

const RETRY_KEYS = new Set(["attempts", "backoff", "factor", "maxDelay", "jitter"]);
const PRIORITY_MAX = 1_000_000;

/** Reads what all kinds of tasks share. Defaults are left out of the fields. */
export function readCommonOptions(options: Options): ReadOptions {
  const fields: Writable<TaskFields> = {};
  const program: Writable<TaskProgram> = {};
  if (options.description !== undefined) fields.description = readText(options.description, "description");
  const when = options.when ?? "all_succeeded";
  const trigger = readOneOf(when, "when", ["all_succeeded", "all_done", "any_failed"]);
  if (trigger !== "all_succeeded") fields.when = trigger;
  if (options.if !== undefined) {
    fields.conditional = true;
    program.condition = readFunction(options.if, "if", "a function such as ({ needs }) => needs.a.length > 0");
  }
  if (options.retry !== undefined) fields.retry = readRetry(options.retry);
  if (options.timeout !== undefined) fields.timeoutMs = readDurationMs(options.timeout, "timeout");
  if (options.grace !== undefined) fields.graceMs = readDurationMs(options.grace, "grace");
  if (options.uses !== undefined) fields.uses = readUses(options.uses);
  if (options.priority !== undefined) {
    const priority = readInteger(options.priority, "priority", -PRIORITY_MAX, PRIORITY_MAX);
    if (priority !== 0) fields.priority = priority;
  }
  if (options.allowFailure !== undefined && readBoolean(options.allowFailure, "allowFailure")) {
    fields.allowFailure = true;
  }
  if (options.checkpoint !== undefined) {
    const checkpoint = readCheckpoint(options.checkpoint, "checkpoint");
    fields.checkpoint = checkpoint.spec;
    program.checkpoint = checkpoint.program;
  }
  return { fields, program };
}

/** Reads `retry`, with the defaults filled in. */
function readRetry(value: unknown): RetrySpec {
  const retry = readRecord(value, "retry", 'an object such as { attempts: 3, backoff: "1s" }');
  refuseUnknownKeys(retry, RETRY_KEYS, "retry");
  const { attempts, backoff, factor, maxDelay, jitter } = retry;
  return completeRetry({
    attempts: readInteger(attempts, "retry.attempts", 1, ATTEMPTS_MAX),
    ...(backoff === undefined ? {} : { backoffMs: readDurationMs(backoff, "retry.backoff") }),
    ...(factor === undefined ? {} : { factor: readNumber(factor, "retry.factor", 1, 100) }),
    ...(maxDelay === undefined ? {} : { maxDelayMs: readDurationMs(maxDelay, "retry.maxDelay") }),
    ...(jitter === undefined ? {} : { jitter: readNumber(jitter, "retry.jitter", 0, 1) }),
  });
}

function readUses(value: unknown): Readonly<Record<string, number>> {
  if (Array.isArray(value)) {
    return Object.fromEntries(value.map((name, place) => [readText(name, `uses[${place}]`, "a resource's name"), 1]));
  }
  const uses = readRecord(value, "uses", "a list of resources or an object such as { ram: 800 }");
  const amounts = Object.entries(uses).map(([name, amount]) => {
    if (typeof amount === "number" && Number.isFinite(amount) && amount > 0) return [name, amount] as const;
    throw createExpectedError(`uses.${name}`, "a number above 0", amount);
  });
  return Object.fromEntries(amounts);
}
