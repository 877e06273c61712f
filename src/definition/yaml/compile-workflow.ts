import { basename } from "node:path";
import { parseDuration } from "../../core/duration.ts";
import { SECRETS_MAX } from "../../core/limits.ts";
import {
  type ResourceSpec,
  type SecretSource,
  SPEC_FORMAT,
  WORKFLOW_NAME,
  type WorkflowSpec,
} from "../../core/workflow-spec.ts";
import type { WorkflowProgram } from "../program.ts";
import { parseInputValue } from "./check-input.ts";
import { readChild } from "./child-workflows.ts";
import { compileReview } from "./compile-checkpoint.ts";
import { compileReturns } from "./compile-returns.ts";
import { compileSchedules } from "./compile-schedules.ts";
import { type CompiledTask, compileTask } from "./compile-task.ts";
import { describeFound } from "./describe-found.ts";
import { type Environment, extendEnvironment, readDotenvFiles } from "./environment.ts";
import type { NameRules } from "./expression-names.ts";
import { toInputJsonSchema } from "./input-schema.ts";
import { CONFIG, type LoadContext } from "./load-context.ts";
import { readTaskLinks, sortByLayer, type TaskLinks } from "./task-needs.ts";
import { readTaskSource, type TaskSource } from "./task-source.ts";

const WINDOWS_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Makes the program of a checked file. Where `load` has problems afterwards, it is worth nothing. */
export function compileWorkflow(load: LoadContext): { program: WorkflowProgram; dotenvTexts: string[] } {
  const { definition } = load;
  const name = readName(load);
  const input = toInputJsonSchema(definition.input ?? {}, ["input"], (path, message) => load.report(path, message));
  const dotenv = readDotenvFiles(load, load.config?.config.env);
  const secrets = toSecretSources(load);
  const rules = createRules(load, secrets, dotenv.environment);
  const environment = extendEnvironment(
    load,
    dotenv.environment,
    [
      { values: load.config?.config.defaults?.env ?? {}, path: [CONFIG, "defaults", "env"] },
      { values: definition.env ?? {}, path: ["env"] },
    ],
    rules,
  );
  const children = new Map<string, WorkflowProgram>();
  const { tasks, indexOf } = compileTasks(load, { ...rules, env: environment.names }, environment, children);
  const returns = compileReturns(
    load,
    rules,
    indexOf,
    tasks.map((task) => task.spec),
  );
  const schedules = compileSchedules(load, name, input);
  const spec: WorkflowSpec = {
    format: SPEC_FORMAT,
    name,
    ...toTexts(load),
    input,
    ...toLimits(load),
    ...returns.spec,
    ...(schedules.length === 0 ? {} : { schedules }),
    ...(definition.resources === undefined ? {} : { resources: toResources(definition.resources) }),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    tasks: tasks.map((task) => task.spec),
  };
  const program: WorkflowProgram = {
    spec,
    tasks: tasks.map((task) => task.program),
    parseInput: (value) => parseInputValue(input, value),
    ...returns.program,
    ...(children.size === 0 ? {} : { children }),
  };
  return { program, dotenvTexts: dotenv.texts };
}

function readName(load: LoadContext): string {
  const { name } = load.definition;
  if (name !== undefined) return name;
  const fromFile = basename(load.document.file).replace(/\.[^.]*$/, "");
  if (WORKFLOW_NAME.test(fromFile)) return fromFile;
  const message = `the file's name is no workflow's name: expected a small letter, then small letters, digits or - (at most 63), found ${describeFound(fromFile)}. Add name: to the file`;
  load.report([], message);
  return fromFile;
}

function createRules(
  load: LoadContext,
  secrets: Readonly<Record<string, SecretSource>>,
  environment: Environment,
): NameRules {
  return {
    inputs: new Set(Object.keys(load.definition.input ?? {})),
    needs: undefined,
    tasks: new Set(Object.keys(load.definition.tasks)),
    item: false,
    env: environment.names,
    secrets: new Set(Object.keys(secrets)),
    secretsAllowed: false,
  };
}

/** Tasks in layer order: a layer is a range of indices, and a need's index is smaller than its own. */
function compileTasks(
  load: LoadContext,
  rules: NameRules,
  environment: Environment,
  children: Map<string, WorkflowProgram>,
): { tasks: CompiledTask[]; indexOf: Map<string, number> } {
  const sources = new Map<string, TaskSource>();
  const links = new Map<string, TaskLinks>();
  for (const [id, own] of Object.entries(load.definition.tasks)) {
    const source = readTaskSource(load, id, own);
    if (source === undefined) continue;
    sources.set(id, source);
    links.set(id, readTaskLinks(load, source));
  }
  const order = sortByLayer(load, links) ?? [...sources.keys()];
  const indexOf = new Map(order.map((id, index) => [id, index]));
  const toIndex = (id: string): number => indexOf.get(id) ?? 0;
  const tasks = order.map((id) => {
    const source = sources.get(id) as TaskSource;
    const { needs, after } = links.get(id) as TaskLinks;
    return compileTask({
      load,
      source,
      environment,
      needs: Object.fromEntries([...needs].map(([name, need]) => [name, toIndex(need)])),
      after: after.map(toIndex),
      child: source.kindKey === "workflow" ? readChild(load, source, children) : undefined,
      rules: { ...rules, needs: new Set(needs.keys()) },
    });
  });
  return { tasks, indexOf };
}

function toTexts({ definition }: LoadContext): Pick<WorkflowSpec, "description" | "labels" | "notify"> {
  const { description, labels, notify } = definition;
  return {
    ...(description === undefined ? {} : { description }),
    ...(labels === undefined ? {} : { labels }),
    ...(notify === undefined ? {} : { notify: notify as NonNullable<WorkflowSpec["notify"]> }),
  };
}

function toLimits(load: LoadContext): Partial<WorkflowSpec> {
  const { maxConcurrent, strategy, onFailure, timeout, checkpoint } = load.definition;
  if (checkpoint !== undefined && strategy === "eager") {
    load.report(
      ["checkpoint"],
      "checkpoint: a review after each layer needs layers, and strategy: eager has none. Remove one",
    );
  }
  const review =
    typeof checkpoint === "object"
      ? compileReview(load, checkpoint, ["checkpoint"])
      : checkpoint === undefined
        ? undefined
        : {};
  return {
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(strategy === "eager" ? { strategy } : {}),
    ...(onFailure === "stop" ? { onFailure } : {}),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
    ...(review === undefined ? {} : { review }),
  };
}

function toResources(
  written: NonNullable<LoadContext["definition"]["resources"]>,
): Readonly<Record<string, ResourceSpec>> {
  return Object.fromEntries(Object.entries(written).map(([name, resource]) => [name, toResource(resource)]));
}

function toResource(written: NonNullable<LoadContext["definition"]["resources"]>[string]): ResourceSpec {
  if (!("rate" in written)) return written;
  const [amount, unit] = written.rate.split("/") as [string, keyof typeof WINDOWS_MS];
  const burst = written.burst === undefined ? {} : { burst: written.burst };
  return { rate: Number(amount), windowMs: WINDOWS_MS[unit], ...burst };
}

function toSecretSources(load: LoadContext): Readonly<Record<string, SecretSource>> {
  const written = load.definition.secrets ?? [];
  const sources = Array.isArray(written) ? Object.fromEntries(written.map((name) => [name, { env: name }])) : written;
  const count = Object.keys(sources).length;
  if (count > SECRETS_MAX) load.report(["secrets"], `secrets: expected at most ${SECRETS_MAX}, found ${count}`);
  return sources;
}
