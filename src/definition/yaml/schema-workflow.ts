import { z } from "zod";
import { WORKFLOW_NAME } from "../../core/workflow-spec.ts";
import {
  anyTemplate,
  count,
  duration,
  onTimeout,
  plainName,
  risk,
  taskId,
  variableName,
  variables,
} from "./schema-fields.ts";
import { inputsSchema } from "./schema-inputs.ts";
import { defaultsSchema, taskSchema } from "./schema-tasks.ts";

const CRON = /^\s*(@(yearly|annually|monthly|weekly|daily|hourly)|\S+(\s+\S+){4,5})\s*$/;
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;
const date = z.string().regex(DATE, { error: "expected a date such as 2026-01-31 or 2026-01-31T08:00" });

export const scheduleSchema = z.strictObject({
  name: plainName.optional().describe("Tells several schedules of a workflow apart"),
  cron: z.string().regex(CRON, { error: "expected a cron rule of five fields such as 30 2 * * *" }).describe("When"),
  timezone: z.string().optional().describe("Name of a zone, such as Europe/Paris; default: that of the configuration"),
  catchup: z
    .enum(["none", "latest", "all"])
    .optional()
    .describe("What becomes of slots that were due while nothing ran; default `latest`"),
  catchupWindow: duration.optional().describe("Older slots are not caught up; default `24h`"),
  overlap: z
    .enum(["skip", "queue", "cancel", "allow"])
    .optional()
    .describe("While the run before is active; default `skip`"),
  whileWaiting: z
    .enum(["hold", "supersede", "queue"])
    .optional()
    .describe("While the run before waits at a checkpoint; default `hold`"),
  jitter: duration.optional().describe("Start up to so much later"),
  gap: z.enum(["shift", "skip"]).optional().describe("A time that the change to summer leaves out; default `shift`"),
  repeat: z.enum(["first", "both"]).optional().describe("A time that comes twice in autumn; default `first`"),
  from: date.optional().describe("No slot before it"),
  until: date.optional().describe("No slot from it on"),
  input: z.record(z.string(), z.unknown()).optional().describe("The input of its runs"),
});

const resourceSchema = z.union([
  z.strictObject({ slots: count.describe("So many attempts at once") }),
  z.strictObject({ capacity: z.number().positive().describe("An amount that attempts share by `uses`") }),
  z.strictObject({
    rate: z
      .string()
      .regex(/^[1-9]\d{0,6}\/(s|min|h|d)$/, { error: "expected a rate such as 80/min (s, min, h or d)" })
      .describe("So many starts in a time: `80/min`"),
    burst: count.optional().describe("Starts that may come at once; default 1"),
  }),
]);

const secretSource = z.union([
  z.strictObject({ env: variableName.describe("A variable of the process that runs the workflow") }),
  z.strictObject({
    file: z.string().min(1).describe("A file that only its owner may read (0600), relative to this one"),
  }),
  z.strictObject({
    command: z.array(z.string()).min(1).describe("A command that prints it, without a shell; at most 30 s"),
  }),
]);

const reviewSchema = z.strictObject({
  every: z.literal("layer"),
  risk: risk.optional(),
  timeout: duration.optional(),
  onTimeout: onTimeout.optional(),
});

const notifySchema = z.strictObject({
  failed: plainName.optional().describe("Channel for failed runs"),
  succeeded: plainName.optional().describe("Channel for succeeded runs"),
  checkpoint: plainName.optional().describe("Channel for questions"),
  late: plainName.optional().describe("Channel for slots that were late or missed"),
});

/** A YAML file. `lockstep schema`, the reference and the loader are made of this one schema. */
export const workflowSchema = z.strictObject({
  name: z
    .string()
    .regex(WORKFLOW_NAME, { error: "expected a small letter, then small letters, digits or - (at most 63)" })
    .optional()
    .describe("Default: the file's name"),
  description: z.string().optional().describe("What people should know of it"),
  labels: z.record(plainName, z.string()).optional().describe("Name → text, for finding runs"),
  input: inputsSchema.optional().describe("Name → what it may be"),
  env: variables.optional().describe("Variables of all commands"),
  dotenv: z
    .array(z.string().min(1))
    .optional()
    .describe("Files with `NAME=value` lines, relative to this one; `env` goes before them"),
  inheritEnv: z
    .array(variableName)
    .optional()
    .describe("Variables of the caller that commands get beside PATH HOME LANG TZ USER TMPDIR"),
  secrets: z
    .union([z.array(variableName), z.record(variableName, secretSource)])
    .optional()
    .describe(
      "Names from the environment, or name → where from. Only in `env`, `stdin`, `http.headers`, `http.body`; masked everywhere (secrets.md)",
    ),
  maxConcurrent: count.optional().describe("At most so many tasks of a run at once"),
  strategy: z.enum(["layers", "eager"]).optional().describe("Layer by layer (default), or each task as soon as it can"),
  timeout: duration.optional().describe("Longest time of a run, without waiting for people"),
  onFailure: z
    .enum(["continue", "stop"])
    .optional()
    .describe("Whether what does not depend on a failed task goes on; default `continue`"),
  checkpoint: z
    .union([z.literal("every-layer"), reviewSchema])
    .optional()
    .describe("`every-layer`: ask after each layer but the last; or `{ every: layer, risk, timeout, onTimeout }`"),
  schedule: z
    .union([scheduleSchema, z.array(scheduleSchema)])
    .optional()
    .describe("When it starts by itself: one, or a list"),
  resources: z.record(plainName, resourceSchema).optional().describe("What tasks share by `uses`, over all runs"),
  notify: notifySchema.optional().describe("Who is told of what"),
  defaults: defaultsSchema.optional().describe("Keys of tasks, for all tasks that do not have them"),
  returns: anyTemplate
    .optional()
    .describe("The run's result; default: the output of the only last task, else a map of those of the last tasks"),
  tasks: z
    .record(taskId, taskSchema)
    .refine((tasks) => Object.keys(tasks).length > 0, { error: "expected at least one task, found none" })
    .describe("Name → task"),
});

export type WorkflowDefinition = z.output<typeof workflowSchema>;
export type ScheduleDefinition = z.output<typeof scheduleSchema>;
