import { z } from "zod";
import { ATTEMPTS_MAX, MAP_ITEMS_DEFAULT, MAP_ITEMS_MAX } from "../../core/limits.ts";
import {
  anyTemplate,
  count,
  duration,
  expression,
  fileName,
  onTimeout,
  plainName,
  risk,
  scalar,
  taskId,
  template,
  variableName,
  variables,
} from "./schema-fields.ts";
import { inputsSchema } from "./schema-inputs.ts";

const condition = z.union([z.boolean(), expression]);

const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(ATTEMPTS_MAX).describe("All attempts, the first included"),
  backoff: duration.optional().describe("Wait before the second attempt; default `1s`"),
  factor: z.number().min(1).max(10).optional().describe("Each wait is so many times the one before; default 2"),
  maxDelay: duration.optional().describe("The longest wait; default `5m`"),
  jitter: z.number().min(0).max(1).optional().describe("Fraction of the wait that chance decides; default 0.2"),
});

export const checkpointSchema = z.strictObject({
  message: template.optional().describe("The question"),
  risk: risk.optional().describe("Medium and high ask for more care before they can be approved; default `medium`"),
  show: anyTemplate.optional().describe("What to show beside the question"),
  timeout: duration.optional().describe("After this long, `onTimeout` decides"),
  onTimeout: onTimeout.optional().describe("Default `hold`: it stays open. `approve` only in so many words"),
  fields: inputsSchema.optional().describe("A small form, written as `input` is; its answers are `run.answers`"),
  if: condition.optional().describe("False asks nothing"),
  each: z.boolean().optional().describe("On a map: ask for every instance instead of once"),
});

const mapSchema = z.strictObject({
  over: z.union([expression, z.array(z.unknown())]).describe("The list"),
  batch: count.optional().describe("So many items per instance; `item` is a list"),
  chunks: count.optional().describe("Split the list into so many instances; `item` is a list"),
  label: template.optional().describe("What people see of an instance"),
  tolerate: z
    .number()
    .positive()
    .refine((value) => value < 1 || Number.isInteger(value), { error: "expected a fraction below 1 or a whole number" })
    .optional()
    .describe("Instances that may fail: a fraction below 1, or a number of them"),
  maxItems: z.int().min(1).max(MAP_ITEMS_MAX).optional().describe(`A longer list fails; default ${MAP_ITEMS_DEFAULT}`),
});

const httpSchema = z.strictObject({
  url: template.describe("Where to"),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).optional().describe("Default `GET`"),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, { error: "expected a header's name" }), scalar)
    .optional()
    .describe("May hold secrets"),
  body: anyTemplate.optional().describe("A text as it is; other values as JSON. May hold secrets"),
});

const childSchema = z.strictObject({
  name: z.string().optional().describe("Name of a workflow"),
  file: z.string().optional().describe("A YAML file, relative to this one"),
  input: anyTemplate.optional().describe("The child's input"),
});

const OUTPUT_MODES = ["none", "text", "lines", "nul", "json"] as const;

/** What a task may have beside the one key that says what it does; `defaults` has these, too. */
const taskOptions = {
  when: z
    .enum(["all_succeeded", "all_done", "any_failed"])
    .optional()
    .describe("What must have become of its needs; default `all_succeeded`"),
  if: condition.optional().describe("False skips the task"),
  retry: retrySchema.optional().describe("Try again after a failure"),
  timeout: duration.optional().describe("Longest time of one attempt"),
  grace: duration.optional().describe("Time between the first signal and the end by force; default `5s`"),
  uses: z
    .union([z.array(plainName), z.record(plainName, z.number().positive())])
    .optional()
    .describe("Resource → how much of it an attempt takes; or a list, one of each"),
  priority: z.int().min(-1000).max(1000).optional().describe("Larger goes first; default 0"),
  allowFailure: z.boolean().optional().describe("A failure counts as success for what needs it"),
  checkpoint: z.union([template, checkpointSchema]).optional().describe("Ask before it starts: the question, or a map"),
  env: variables.optional().describe("Variables of the command"),
  inheritEnv: z.array(variableName).optional().describe("Variables of the caller that the command gets, too"),
  output: z
    .enum(OUTPUT_MODES)
    .optional()
    .describe("How stdout becomes the output. `none`: what was written to `$LOCKSTEP_OUTPUT`"),
  shell: z
    .union([z.enum(["bash", "sh", "node", "python3"]), z.array(z.string()).min(1)])
    .optional()
    .describe(
      "What reads `run`: `bash` (with `-euo pipefail`; the default), `sh`, `node`, `python3`, or a command such as `[zsh, -c]` that gets the text as its last argument",
    ),
  cwd: template.optional().describe("Folder of the command, relative to the file's folder, which is the default"),
  maxConcurrent: count.optional().describe("At most so many instances of this map at once"),
};

/** The keys of which a task has exactly one. */
export const taskKinds = {
  run: z
    .string()
    .min(1)
    .optional()
    .describe("Shell text. Values reach it by `env`, `stdin` and `files`, never by `${{ }}`"),
  exec: z
    .array(scalar)
    .min(1)
    .optional()
    .describe("A program and its arguments, without a shell. A list inside becomes several arguments"),
  http: z.union([template, httpSchema]).optional().describe("A request: an address, or a map"),
  workflow: z.union([z.string(), childSchema]).optional().describe("A child: name or file of a workflow, or a map"),
  confirm: z
    .union([template, checkpointSchema])
    .optional()
    .describe("A gate that does nothing else: the question, or a map"),
};

export const TASK_KIND_KEYS = Object.keys(taskKinds) as (keyof typeof taskKinds)[];

export const taskSchema = z
  .strictObject({
    description: z.string().optional().describe("What people should know of it"),
    ...taskKinds,
    needs: z
      .union([z.array(taskId), z.record(taskId, taskId)])
      .optional()
      .describe("Tasks whose outputs it needs: a list, or name → task"),
    after: z.array(taskId).optional().describe("Tasks that come before, without data"),
    map: z.union([expression, mapSchema]).optional().describe("Once per item of a list, with `item` and `index`"),
    stdin: template.optional().describe("What the command reads. May hold secrets"),
    files: z.record(fileName, scalar).optional().describe("Name → content; they lie in `$LOCKSTEP_FILES`, 0600"),
    ...taskOptions,
  })
  .meta({ oneOf: TASK_KIND_KEYS.map((key) => ({ required: [key] })) });

export const defaultsSchema = z.strictObject(taskOptions);

export type TaskDefinition = z.output<typeof taskSchema>;
export type CheckpointDefinition = z.output<typeof checkpointSchema>;
