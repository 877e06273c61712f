import { parseDuration } from "../../core/duration.ts";
import { completeRetry, type MapSpec, type RetrySpec, type TaskKind, type TaskSpec } from "../../core/workflow-spec.ts";
import type { DecideContext, TaskProgram } from "../program.ts";
import { type BodySite, compileChildInput, compileCommand, compileRequest } from "./compile-body.ts";
import { compileCheckpoint, compileCondition } from "./compile-checkpoint.ts";
import { type Environment, extendEnvironment } from "./environment.ts";
import type { NameRules } from "./expression-names.ts";
import type { LoadContext } from "./load-context.ts";
import type { TaskDefinition } from "./schema-tasks.ts";
import { createScope } from "./scope.ts";
import type { KindKey, TaskSource } from "./task-source.ts";

const KIND_OF_KEY = {
  run: "command",
  exec: "command",
  http: "http",
  workflow: "child",
  confirm: "confirm",
} as const satisfies Record<KindKey, TaskKind>;

export interface CompiledTask {
  readonly spec: TaskSpec;
  readonly program: TaskProgram;
}

/** What a task of a file is made with: its links are already indices of the spec. */
export interface TaskSite {
  readonly load: LoadContext;
  readonly source: TaskSource;
  readonly needs: Readonly<Record<string, number>>;
  readonly after: readonly number[];
  readonly child: string | undefined;
  /** Names that have a meaning before the list of a map is known. */
  readonly rules: NameRules;
  /** The variables of the workflow. */
  readonly environment: Environment;
}

/** Makes the spec and the functions of one task. Mistakes are reported to `load`. */
export function compileTask(site: TaskSite): CompiledTask {
  const { load, source, rules, environment } = site;
  const { definition } = source;
  checkMapKeys(load, source);
  const toScope = (context: DecideContext) => createScope(context, () => environment.evaluate(context));
  const inside = { ...rules, item: definition.map !== undefined };
  const own = extendEnvironment(load, environment, listEnv(site), inside);
  const bodySite: BodySite = { load, source, rules: { ...inside, env: own.names }, environment: own };
  const asked = definition.confirm ?? definition.checkpoint;
  const askedKey = definition.confirm === undefined ? "checkpoint" : "confirm";
  const each = typeof asked === "object" && asked.each === true;
  const checkpoint =
    asked === undefined
      ? undefined
      : compileCheckpoint(load, asked, source.pathOf(askedKey), each ? inside : rules, toScope);
  const condition = compileCondition(load, definition.if, source.pathOf("if"), rules, toScope);
  const program: TaskProgram = {
    ...condition,
    ...compileMap(bodySite, rules, environment),
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.program }),
    ...compileBody(bodySite),
  };
  const spec: TaskSpec = {
    id: source.id,
    kind: KIND_OF_KEY[source.kindKey],
    ...toLinks(site),
    ...toOptions(definition),
    ...(condition.condition === undefined ? {} : { conditional: true }),
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.spec }),
    ...(site.child === undefined ? {} : { child: site.child }),
  };
  return { spec, program };
}

function compileBody(site: BodySite): TaskProgram {
  switch (KIND_OF_KEY[site.source.kindKey]) {
    case "command":
      return compileCommand(site);
    case "http":
      return compileRequest(site);
    case "child":
      return compileChildInput(site);
    default:
      return {};
  }
}

function compileMap(body: BodySite, before: NameRules, environment: Environment): Pick<TaskProgram, "over" | "label"> {
  const { load, source } = body;
  const { map } = source.definition;
  if (map === undefined) return {};
  const path = source.pathOf("map");
  const isShort = typeof map === "string";
  const over = load.compile(isShort ? map : map.over, isShort ? path : [...path, "over"], before);
  const toOver = (context: DecideContext): unknown =>
    over.evaluate(createScope(context, () => environment.evaluate(context)));
  if (isShort || map.label === undefined) return { over: toOver };
  const label = load.compile(map.label, [...path, "label"], body.rules);
  return {
    over: toOver,
    label: (context) => label.evaluate(createScope(context, () => body.environment.evaluate(context))),
  };
}

/** The task's own variables go before those of `defaults`. */
function listEnv({ load, source }: TaskSite) {
  const { defaults, tasks } = load.definition;
  const isKnown = source.kindKey !== "workflow" && source.kindKey !== "confirm";
  return [
    { values: (isKnown && defaults?.env) || {}, path: ["defaults", "env"] },
    { values: tasks[source.id]?.env ?? {}, path: ["tasks", source.id, "env"] },
  ];
}

function checkMapKeys(load: LoadContext, source: TaskSource): void {
  const { map, maxConcurrent, checkpoint, confirm } = source.definition;
  const asked = confirm ?? checkpoint;
  if (map === undefined && maxConcurrent !== undefined) {
    load.reportKey(source.pathOf("maxConcurrent"), "maxConcurrent limits a map, and this task has none");
  }
  if (map === undefined && typeof asked === "object" && asked.each === true) {
    const key = confirm === undefined ? "checkpoint" : "confirm";
    load.reportKey([...source.pathOf(key), "each"], "each asks for every instance of a map, and this task has none");
  }
  if (typeof map === "object" && map.batch !== undefined && map.chunks !== undefined) {
    load.reportKey([...source.pathOf("map"), "chunks"], "map has batch and chunks. Keep one of them");
  }
}

function toLinks({ needs, after }: TaskSite): Pick<TaskSpec, "needs" | "after"> {
  return {
    ...(Object.keys(needs).length === 0 ? {} : { needs }),
    ...(after.length === 0 ? {} : { after }),
  };
}

function toOptions(definition: TaskDefinition): Partial<TaskSpec> {
  const { description, when, retry, timeout, grace, uses, priority, allowFailure } = definition;
  return {
    ...(description === undefined ? {} : { description }),
    ...(when === undefined || when === "all_succeeded" ? {} : { when }),
    ...(definition.map === undefined ? {} : { map: toMapSpec(definition) }),
    ...(retry === undefined ? {} : { retry: toRetrySpec(retry) }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
    ...(grace === undefined ? {} : { graceMs: parseDuration(grace) }),
    ...(uses === undefined ? {} : { uses: toAmounts(uses) }),
    ...(priority === undefined || priority === 0 ? {} : { priority }),
    ...(allowFailure === true ? { allowFailure: true } : {}),
  };
}

function toAmounts(uses: NonNullable<TaskDefinition["uses"]>): Record<string, number> {
  return Array.isArray(uses) ? Object.fromEntries(uses.map((name) => [name, 1])) : uses;
}

function toMapSpec({ map, maxConcurrent }: TaskDefinition): MapSpec {
  const { batch, chunks, maxItems, tolerate } = typeof map === "object" ? map : {};
  return {
    ...(batch === undefined ? {} : { batch }),
    ...(chunks === undefined ? {} : { chunks }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(tolerate === undefined ? {} : { tolerate }),
  };
}

/** `retry` of a file, with what was left out filled in. */
export function toRetrySpec(retry: NonNullable<TaskDefinition["retry"]>): RetrySpec {
  const { attempts, backoff, factor, maxDelay, jitter } = retry;
  return completeRetry({
    attempts,
    ...(backoff === undefined ? {} : { backoffMs: parseDuration(backoff) }),
    ...(factor === undefined ? {} : { factor }),
    ...(maxDelay === undefined ? {} : { maxDelayMs: parseDuration(maxDelay) }),
    ...(jitter === undefined ? {} : { jitter }),
  });
}
