/** Reads the options that each kind of task adds to the common ones. */

import { MAP_ITEMS_MAX } from "../core/limits.ts";
import type { MapSpec, TaskKind } from "../core/workflow-spec.ts";
import { CHECKPOINT_KEYS, readCheckpoint } from "./checkpoint-options.ts";
import { COMMAND_KEYS, readExecCommand, readShellCommand } from "./command-plan.ts";
import type { TaskDraft, TaskFields, Writable } from "./draft.ts";
import { isHandle } from "./handles.ts";
import {
  createExpectedError,
  type Options,
  readFunction,
  readInteger,
  readNumber,
  readOneOf,
} from "./option-reader.ts";
import { parseOutputWithSchema } from "./parse-input.ts";
import type { TaskProgram } from "./program.ts";
import { readHandle } from "./read-needs.ts";
import { COMMON_KEYS, type ReadOptions, readCommonOptions } from "./read-task-options.ts";
import { findJsonSchema, isSchema, readSchema } from "./schema-check.ts";
import { isWorkflow } from "./workflow-mark.ts";

/** A declaration whose common parts were read: `needs` is name → place, `owner` the workflow. */
interface Declaration {
  readonly options: Options;
  readonly body: unknown;
  readonly needs: Readonly<Record<string, number>> | undefined;
  readonly owner: object;
}

/** What a kind of task makes of it. */
type KindParts = Pick<TaskDraft, "fields" | "program" | "needs" | "child">;

export interface KindReader {
  readonly kind: TaskKind;
  /** The options that it takes. */
  readonly keys: ReadonlySet<string>;
  read(declaration: Declaration): KindParts;
}

const CONFIRM_COMMON_KEYS = ["description", "needs", "after", "when", "priority"] as const;
const MAP_ONLY_KEYS = ["over", "batch", "chunks", "label", "maxConcurrent", "maxItems", "tolerate"] as const;
const NO_FIELDS: TaskFields = {};

/** The methods of the builder, each with its options and how they are read. */
export const KINDS = {
  task: { kind: "function", keys: new Set([...COMMON_KEYS, "output", "isolation"]), read: readFunctionTask },
  map: { kind: "function", keys: new Set([...COMMON_KEYS, "output", "isolation", ...MAP_ONLY_KEYS]), read: readMap },
  shell: { kind: "command", keys: new Set([...COMMON_KEYS, ...COMMAND_KEYS, "shell"]), read: readShell },
  exec: { kind: "command", keys: new Set([...COMMON_KEYS, ...COMMAND_KEYS]), read: readExec },
  http: { kind: "http", keys: new Set([...COMMON_KEYS, "output"]), read: readHttp },
  child: { kind: "child", keys: new Set([...COMMON_KEYS, "workflow"]), read: readChild },
  confirm: {
    kind: "confirm",
    keys: new Set([...CONFIRM_COMMON_KEYS, ...CHECKPOINT_KEYS.filter((key) => key !== "each")]),
    read: readConfirm,
  },
} as const satisfies Record<string, KindReader>;

function readFunctionTask({ options, body, needs }: Declaration): KindParts {
  const run = readFunction(body, "body", "the function that does the work");
  for (const _ in options) {
    const { fields, program } = readFunctionOptions(options, run);
    return { fields, program, needs, child: undefined };
  }
  return { fields: NO_FIELDS, program: { body: run }, needs, child: undefined };
}

function readFunctionOptions(options: Options, body: NonNullable<TaskProgram["body"]>): ReadOptions {
  const { fields, program } = readCommonOptions(options);
  program.body = body;
  if (options.isolation !== undefined) fields.isolation = readOneOf(options.isolation, "isolation", ["process"]);
  if (options.output !== undefined) readOutputSchema(options.output, fields, program);
  return { fields, program };
}

/** `output` as a schema: its JSON Schema goes into the spec, its check into the program. The value stays as it was returned. */
function readOutputSchema(value: unknown, fields: Writable<TaskFields>, program: Writable<TaskProgram>): void {
  const parse = readOutputParser(value, fields);
  program.parseOutput = async (output) => {
    await parse(output);
    return output;
  };
}

function readOutputParser(value: unknown, fields: Writable<TaskFields>): (output: unknown) => Promise<unknown> {
  const schema = readSchema(value, "output");
  const jsonSchema = findJsonSchema(schema, "output");
  if (jsonSchema !== undefined) fields.output = jsonSchema;
  return (output) => parseOutputWithSchema(schema, jsonSchema, output);
}

function readMap({ options, body, needs, owner }: Declaration): KindParts {
  const run = readFunction(body, "body", "the function that is called for each item");
  const { fields, program } = readFunctionOptions(options, run);
  fields.map = readMapSpec(options);
  const { over, withList } = readOver(options.over, needs, owner);
  program.over = over;
  if (options.label !== undefined) program.label = readFunction(options.label, "label");
  return { fields, program, needs: withList, child: undefined };
}

/** The list of a map. A handle becomes a need, where it is not one already. */
function readOver(value: unknown, needs: Declaration["needs"], owner: object) {
  if (typeof value === "function") return { over: readFunction(value, "over"), withList: needs };
  const expected = "a task whose output is a list, or a function such as ({ needs }) => needs.users";
  if (!isHandle(value)) throw createExpectedError("over", expected, value);
  const { id, index } = readHandle(value, "over", owner);
  const named = needs && Object.keys(needs).find((each) => needs[each] === index);
  const name = named ?? (needs && Object.hasOwn(needs, id) ? `${id}:list` : id);
  const over: NonNullable<TaskProgram["over"]> = (context) => context.needs[name];
  return { over, withList: { ...needs, [name]: index } };
}

function readMapSpec(options: Options): MapSpec {
  const map: Writable<MapSpec> = {};
  for (const key of ["batch", "chunks", "maxConcurrent", "maxItems"] as const) {
    if (options[key] !== undefined) map[key] = readInteger(options[key], key, 1, MAP_ITEMS_MAX);
  }
  if (map.batch !== undefined && map.chunks !== undefined) {
    const expected = "nothing beside batch: batch is items per instance, chunks a number of instances";
    throw createExpectedError("chunks", expected, map.chunks);
  }
  if (options.tolerate !== undefined) {
    const tolerate = readNumber(options.tolerate, "tolerate", 0, MAP_ITEMS_MAX);
    if (tolerate === 0 || (tolerate > 1 && !Number.isInteger(tolerate))) {
      throw createExpectedError("tolerate", "a fraction such as 0.05, or a number of instances from 1 on", tolerate);
    }
    map.tolerate = tolerate;
  }
  return map;
}

function readShell({ options, body, needs }: Declaration): KindParts {
  const { fields, program } = readCommonOptions(options);
  const expected = "a function that returns the script, such as ({ input }) => sh`ls ${input.dir}`";
  program.command = readShellCommand(options, readFunction(body, "body", expected));
  readCommandOutput(options, fields, program);
  return { fields, program, needs, child: undefined };
}

function readExec({ options, body, needs }: Declaration): KindParts {
  const { fields, program } = readCommonOptions(options);
  const expected = 'a function that returns the argument list, such as () => ["ls", "-l"]';
  program.command = readExecCommand(options, readFunction(body, "body", expected));
  readCommandOutput(options, fields, program);
  return { fields, program, needs, child: undefined };
}

/** A command's `output` is a mode, or a schema: then its output is what the schema makes of the JSON on standard output. */
function readCommandOutput(options: Options, fields: Writable<TaskFields>, program: Writable<TaskProgram>): void {
  if (isSchema(options.output)) program.parseOutput = readOutputParser(options.output, fields);
}

function readHttp({ options, body, needs }: Declaration): KindParts {
  const { fields, program } = readCommonOptions(options);
  const request = readFunction(body, "body", "a function that returns { url, method, headers, body }");
  program.request = request as NonNullable<TaskProgram["request"]>;
  if (options.output !== undefined) readOutputSchema(options.output, fields, program);
  return { fields, program, needs, child: undefined };
}

function readChild({ options, body, needs }: Declaration): KindParts {
  const { fields, program } = readCommonOptions(options);
  const { workflow } = options;
  if (!isWorkflow(workflow)) throw createExpectedError("workflow", "a workflow", workflow);
  fields.child = workflow.name;
  program.childInput = readFunction(body, "body", "a function that returns the child's input");
  return { fields, program, needs, child: workflow };
}

function readConfirm({ options, needs }: Declaration): KindParts {
  if (options.message === undefined) throw createExpectedError("message", "text or a function", undefined);
  const isCommon = (key: string) => CONFIRM_COMMON_KEYS.some((common) => common === key);
  const common = Object.entries(options).filter(([key]) => isCommon(key));
  const asked = Object.entries(options).filter(([key]) => !isCommon(key));
  const { fields, program } = readCommonOptions(Object.fromEntries(common));
  const checkpoint = readCheckpoint(Object.fromEntries(asked), "confirm");
  fields.checkpoint = checkpoint.spec;
  program.checkpoint = checkpoint.program;
  return { fields, program, needs, child: undefined };
}
