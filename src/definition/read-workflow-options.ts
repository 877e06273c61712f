import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidDefinitionError } from "../core/errors.ts";
import { SECRETS_MAX, TASKS_MAX } from "../core/limits.ts";
import { type LayerReviewSpec, type SecretSource, WORKFLOW_NAME, type WorkflowSpec } from "../core/workflow-spec.ts";
import { readRiskAndTimeout } from "./checkpoint-options.ts";
import type { Writable } from "./draft.ts";
import {
  createExpectedError,
  describeFound,
  isPlainRecord,
  type Options,
  readDurationMs,
  readInteger,
  readOneOf,
  readRecord,
  readText,
  readTexts,
  refuseUnknownKeys,
  withPrefix,
} from "./option-reader.ts";
import { readResources } from "./resource-options.ts";
import { readSchedules } from "./schedule-options.ts";
import { findJsonSchema, readSchema } from "./schema-check.ts";

/** What a workflow's name and options say. */
export interface WorkflowFacts {
  readonly fields: Omit<WorkflowSpec, "format" | "tasks" | "returns">;
  readonly inputSchema: StandardSchemaV1 | undefined;
}

const KEYS: ReadonlySet<string> = new Set([
  ...["description", "labels", "input", "maxConcurrent", "strategy", "onFailure", "timeout", "checkpoint"],
  ...["schedule", "resources", "notify", "secrets"],
]);
const LAYER_KEYS: ReadonlySet<string> = new Set(["every", "risk", "timeout", "onTimeout"]);
const NOTIFY_KEYS: ReadonlySet<string> = new Set(["failed", "succeeded", "checkpoint", "late"]);

export function readWorkflowName(name: unknown): string {
  if (typeof name === "string" && WORKFLOW_NAME.test(name)) return name;
  throw new InvalidDefinitionError(
    `expected a workflow name of a small letter, then small letters, digits and "-" (at most 63), found ${describeFound(name)}`,
    { code: "invalid_name" },
  );
}

export function readWorkflowOptions(name: string, given: unknown): WorkflowFacts {
  if (given === undefined) return { fields: { name }, inputSchema: undefined };
  const where = `workflow "${name}"`;
  const options = withPrefix(where, () => readRecord(given, "options"));
  refuseUnknownKeys(options, KEYS, where);
  return withPrefix(where, () => readFacts(name, options));
}

function readFacts(name: string, options: Options): WorkflowFacts {
  const fields: Writable<WorkflowFacts["fields"]> = { name };
  if (options.description !== undefined) fields.description = readText(options.description, "description");
  if (options.labels !== undefined) fields.labels = readTexts(options.labels, "labels");
  const inputSchema = options.input === undefined ? undefined : readSchema(options.input, "input");
  const input = inputSchema && findJsonSchema(inputSchema, "input");
  if (input !== undefined) fields.input = input;
  readExecution(options, fields);
  if (options.schedule !== undefined) fields.schedules = readSchedules(name, options.schedule);
  if (options.resources !== undefined) fields.resources = readResources(options.resources);
  if (options.notify !== undefined) fields.notify = readNotify(options.notify);
  if (options.secrets !== undefined) fields.secrets = readSecrets(options.secrets);
  return { fields, inputSchema };
}

function readExecution(options: Options, fields: Writable<WorkflowFacts["fields"]>): void {
  if (options.maxConcurrent !== undefined) {
    fields.maxConcurrent = readInteger(options.maxConcurrent, "maxConcurrent", 1, TASKS_MAX);
  }
  const strategy = readOneOf(options.strategy ?? "layers", "strategy", ["layers", "eager"]);
  if (strategy === "eager") fields.strategy = strategy;
  const onFailure = readOneOf(options.onFailure ?? "continue", "onFailure", ["continue", "stop"]);
  if (onFailure === "stop") fields.onFailure = onFailure;
  if (options.timeout !== undefined) fields.timeoutMs = readDurationMs(options.timeout, "timeout");
  if (options.checkpoint === undefined) return;
  if (strategy === "eager") {
    throw new InvalidDefinitionError(
      'checkpoint: a review after every layer needs strategy "layers"; with "eager" there are no layers to review',
      { code: "review_without_layers" },
    );
  }
  fields.review = readReview(options.checkpoint);
}

function readReview(value: unknown): LayerReviewSpec {
  if (value === "every-layer") return {};
  const expected = '"every-layer" or { every: "layer", risk, timeout, onTimeout }';
  const options = readRecord(value, "checkpoint", expected);
  refuseUnknownKeys(options, LAYER_KEYS, "checkpoint");
  if (options.every !== "layer") throw createExpectedError("checkpoint.every", '"layer"', options.every);
  return readRiskAndTimeout(options, "checkpoint");
}

function readNotify(value: unknown): NonNullable<WorkflowSpec["notify"]> {
  const notify = readRecord(value, "notify", 'an object such as { failed: "ops" }');
  refuseUnknownKeys(notify, NOTIFY_KEYS, "notify");
  return readTexts(notify, "notify");
}

/** Secrets by name. A list: each from the environment variable of its name. */
function readSecrets(value: unknown): Readonly<Record<string, SecretSource>> {
  const secrets = readSources(value);
  const count = Object.keys(secrets).length;
  if (count <= SECRETS_MAX) return secrets;
  throw new InvalidDefinitionError(`secrets: expected at most ${SECRETS_MAX}, found ${count}`);
}

function readSources(value: unknown): Readonly<Record<string, SecretSource>> {
  if (Array.isArray(value)) {
    const names = value.map((name, at) => readSecretName(name, `secrets[${at}]`));
    return Object.fromEntries(names.map((name) => [name, { env: name }]));
  }
  const secrets = readRecord(value, "secrets", 'a list of names or an object such as { TOKEN: { env: "TOKEN" } }');
  return Object.fromEntries(
    Object.entries(secrets).map(([name, source]) => [
      readSecretName(name, "secrets"),
      readSecret(source, `secrets.${name}`),
    ]),
  );
}

/** As a variable is named: it stands in references, `«secret:NAME»`. */
function readSecretName(name: unknown, path: string): string {
  if (typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name)) return name;
  throw createExpectedError(path, "names of letters, digits and _", name);
}

function readSecret(value: unknown, path: string): SecretSource {
  if (isPlainRecord(value) && Object.keys(value).length === 1) {
    if (typeof value.env === "string") return { env: value.env };
    if (typeof value.file === "string") return { file: value.file };
    const { command } = value;
    if (Array.isArray(command) && command.length > 0) {
      return { command: command.map((part, at) => readText(part, `${path}.command[${at}]`)) };
    }
  }
  throw createExpectedError(path, "{ env: NAME }, { file: PATH } or { command: [PROGRAM, …] }", value);
}
