import { z } from "zod";
import type { JsonSchema } from "../../core/workflow-spec.ts";
import { count, duration, plainName, variableName } from "../yaml/schema-fields.ts";
import { defaultsSchema } from "../yaml/schema-tasks.ts";

const text = z.string().min(1);

/** A text that may be a secret: written here, or read from the environment of who uses it. */
const textOrVariable = z.union([text, z.strictObject({ env: variableName.describe("A variable of the daemon") })]);

const address = z.union([
  z.string().regex(/^https?:\/\/\S+$/, { error: "expected an address that begins with https:// or http://" }),
  z.strictObject({ env: variableName.describe("A variable of the daemon") }),
]);

const channelSchema = z.union([
  z.strictObject({
    command: z.union([text, z.array(z.string()).min(1)]).describe("Shell text, or a program and its arguments"),
    timeout: duration.optional().describe("Longest time of one try; default `30s`"),
  }),
  z.strictObject({
    webhook: address.describe("Where the JSON is sent by POST; `{ env: NAME }` keeps it out of the file"),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/, { error: "expected a header's name" }), textOrVariable)
      .optional()
      .describe("Name → text, or `{ env: NAME }`"),
    timeout: duration.optional().describe("Longest time of one try; default `30s`"),
  }),
]);

const configVariables = z.record(
  variableName.refine((name) => !name.startsWith("LOCKSTEP_"), {
    error: "expected a name that does not begin with LOCKSTEP_: those are set for each command",
  }),
  z.string(),
);

/** `lockstep.config.yaml`: the facts of the machine. The reading of it and its reference are made of this one schema. */
export const configSchema = z.strictObject({
  db: text.optional().describe("The database, relative to this file; `~/` is your home"),
  workflows: text.optional().describe("The folder of the workflows, relative to this file; default `workflows`"),
  group: z
    .union([text, z.int().nonnegative()])
    .optional()
    .describe("A group that may use the database, too: its files are then 0660, its folders 0770"),
  maxConcurrent: count.optional().describe("At most so many tasks at once, over all runs"),
  resources: z
    .record(plainName, z.unknown())
    .optional()
    .describe("What tasks share by `uses`, over all runs: `{ slots }`, `{ capacity }` or `{ rate, burst }`"),
  notify: z.record(plainName, channelSchema).optional().describe("Channel → how it is told"),
  heartbeat: z
    .strictObject({
      url: address.describe("Called by GET; `{ env: NAME }` keeps it out of the file"),
      every: duration.optional().describe("Default `1m`"),
    })
    .optional()
    .describe("An address that the daemon calls while it is well"),
  retention: z
    .strictObject({
      runs: duration.optional().describe("Ended runs are removed after this long"),
      logs: duration.optional().describe("Logs of ended runs are removed after this long"),
      keep: z.int().nonnegative().optional().describe("The newest runs of each workflow that stay in any case"),
    })
    .optional()
    .describe("What `lockstep prune` and the daemon remove"),
  timezone: z.string().optional().describe("Zone of the schedules that name none; default: the machine's"),
  defaults: defaultsSchema.optional().describe("Keys of tasks, for all tasks that do not have them"),
  env: configVariables.optional().describe("Variables of all commands of all workflows"),
});

export type WrittenConfig = z.output<typeof configSchema>;

let schema: JsonSchema | undefined;

export function configJsonSchema(): JsonSchema {
  schema ??= { ...z.toJSONSchema(configSchema, { io: "input" }), title: "Lockstep configuration" };
  return schema;
}
