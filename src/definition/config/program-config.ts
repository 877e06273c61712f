import { hashValue, toCanonicalJson } from "../../core/canonical-json.ts";
import { parseDuration } from "../../core/duration.ts";
import type { TaskKind, TaskSpec } from "../../core/workflow-spec.ts";
import type { TaskProgram, WorkflowProgram } from "../program.ts";
import { toRetrySpec } from "../yaml/compile-task.ts";
import type { Config } from "./config.ts";
import type { ReadConfig } from "./read-config.ts";

type Defaults = NonNullable<Config["defaults"]>;

/** What a config changes of programs, as texts for the code hash: none where it changes nothing. */
export function listConfigTexts(read: ReadConfig | undefined): readonly string[] {
  const { env = {}, defaults = {} } = read?.config ?? {};
  if (Object.keys(env).length === 0 && Object.keys(defaults).length === 0) return [];
  return [toCanonicalJson({ env, defaults })];
}

/** What the config does to the workflows of a module: to a program, and to the hash of its code. */
export interface ModuleConfig {
  readonly apply: (program: WorkflowProgram) => WorkflowProgram;
  readonly hashCode: (codeHash: string) => string;
}

const UNCHANGED: ModuleConfig = { apply: (program) => program, hashCode: (codeHash) => codeHash };

/**
 * For workflows in TypeScript: of `defaults` the keys `retry`, `timeout` and `grace`, where a task says nothing of its
 * own, and `env` beneath the variables of its commands. The other keys of `defaults` belong to YAML.
 */
export function createModuleConfig({ config }: ReadConfig): ModuleConfig {
  const { env = {}, defaults = {} } = config;
  const fields = readFields(defaults);
  if (Object.keys(env).length === 0 && Object.keys(fields).length === 0) return UNCHANGED;
  const made = new Map<WorkflowProgram, WorkflowProgram>();
  const apply = (program: WorkflowProgram): WorkflowProgram => {
    const found = made.get(program);
    if (found !== undefined) return found;
    const { children } = program;
    const changed: WorkflowProgram = {
      ...program,
      spec: { ...program.spec, tasks: program.spec.tasks.map((task) => ({ ...pickFields(fields, task), ...task })) },
      tasks: program.tasks.map((task) => addVariables(task, env)),
      ...(children && { children: new Map(Array.from(children, ([name, child]) => [name, apply(child)])) }),
    };
    made.set(program, changed);
    return changed;
  };
  return { apply, hashCode: (codeHash) => hashValue([codeHash, env, fields]) };
}

type Fields = Pick<TaskSpec, "retry" | "timeoutMs" | "graceMs">;

const KINDS_OF_FIELD: Readonly<Record<keyof Fields, readonly TaskKind[]>> = {
  retry: ["function", "command", "http", "child"],
  timeoutMs: ["function", "command", "http", "child"],
  graceMs: ["function", "command"],
};

function readFields({ retry, timeout, grace }: Defaults): Fields {
  return {
    ...(retry === undefined ? {} : { retry: toRetrySpec(retry) }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
    ...(grace === undefined ? {} : { graceMs: parseDuration(grace) }),
  };
}

function pickFields(fields: Fields, { kind }: TaskSpec): Fields {
  const fits = Object.entries(fields).filter(([name]) => KINDS_OF_FIELD[name as keyof Fields].includes(kind));
  return Object.fromEntries(fits);
}

function addVariables(task: TaskProgram, env: Readonly<Record<string, string>>): TaskProgram {
  const { command } = task;
  if (command === undefined) return task;
  return {
    ...task,
    command: async (context) => {
      const plan = await command(context);
      return { ...plan, env: { ...env, ...plan.env } };
    },
  };
}
