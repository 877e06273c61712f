import { parseDuration } from "../../core/duration.ts";
import { InvalidDefinitionError } from "../../core/errors.ts";
import type { ResourceSpec } from "../../core/workflow-spec.ts";
import { readResources } from "../resource-options.ts";
import { describeFound } from "../yaml/describe-found.ts";
import { findMisplacedExpressions, mayHoldExpression } from "../yaml/placement.ts";
import { type Problem, throwProblems } from "../yaml/problems.ts";
import { checkBySchema } from "../yaml/schema-problems.ts";
import { findTimezoneMistake } from "../yaml/timezone.ts";
import { parseYamlDocument, type YamlDocument, type YamlPath } from "../yaml/yaml-document.ts";
import type { Config, ConfigSource, Heartbeat, NotifyChannel, Retention } from "./config.ts";
import { configJsonSchema, configSchema, type WrittenConfig } from "./config-schema.ts";

/** A config and where each part of it stands. */
export interface ReadConfig {
  readonly config: Config;
  readonly document: YamlDocument;
}

const TIMEOUT_DEFAULT_MS = 30_000;
const HEARTBEAT_DEFAULT_MS = 60_000;
const HEARTBEAT_MIN_MS = 1_000;

/**
 * Reads the text of a `lockstep.config.yaml`. An empty one is fine.
 * @throws {InvalidYamlError} code `invalid_config`, with the place of the first mistake and a list of all
 */
export function readConfig({ file, text }: ConfigSource): ReadConfig {
  const document = parseYamlDocument(text, file);
  if (document.value === null || document.value === undefined) return { config: {}, document };
  const misplaced = findMisplacedExpressions(document, (path) => path[0] === "defaults" && mayHoldExpression(path));
  const site = { schema: configSchema, readJsonSchema: configJsonSchema, whole: "the config" };
  const { value, problems } = checkBySchema(document, site);
  throwConfigProblems([...misplaced, ...problems]);
  const found: Problem[] = [];
  const config = toConfig(document, value as WrittenConfig, found);
  throwConfigProblems(found);
  return { config, document };
}

function throwConfigProblems(problems: readonly Problem[]): void {
  throwProblems(problems.map((problem) => ({ ...problem, code: "invalid_config" })));
}

function toConfig(document: YamlDocument, written: WrittenConfig, problems: Problem[]): Config {
  const { db, workflows, group, maxConcurrent, resources, notify, heartbeat, retention, timezone } = written;
  const report = (path: YamlPath, message: string): void => {
    problems.push({ message, place: document.findValuePlace(path) });
  };
  const mistake = timezone === undefined ? undefined : findTimezoneMistake(timezone);
  if (mistake !== undefined) report(["timezone"], `timezone: ${mistake}`);
  return {
    ...dropAbsent({ db, workflows, maxConcurrent, timezone, defaults: written.defaults, env: written.env }),
    ...(group === undefined ? {} : { group: String(group) }),
    ...(resources === undefined ? {} : { resources: toResources(document, resources, problems) }),
    ...(notify === undefined ? {} : { notify: toChannels(notify) }),
    ...(heartbeat === undefined ? {} : { heartbeat: toHeartbeat(heartbeat, report) }),
    ...(retention === undefined ? {} : { retention: toRetention(retention) }),
  };
}

type Present<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

function dropAbsent<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

/** Resources are read as those of a TypeScript workflow are; what is wrong is looked up in the file. */
function toResources(
  document: YamlDocument,
  written: Readonly<Record<string, unknown>>,
  problems: Problem[],
): Readonly<Record<string, ResourceSpec>> {
  const all: Record<string, ResourceSpec> = {};
  for (const [name, value] of Object.entries(written)) {
    try {
      Object.assign(all, readResources({ [name]: value }));
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      problems.push(placeResourceMistake(document, name, error.message));
    }
  }
  return all;
}

function placeResourceMistake(document: YamlDocument, name: string, message: string): Problem {
  const path = ["resources", name];
  const unknown = /^unknown key "([^"]*)"/.exec(message)?.[1];
  if (unknown !== undefined) return { message, place: document.findKeyPlace([...path, unknown]) };
  const key = message.startsWith(`${path.join(".")}.`) ? /^\w+/.exec(message.slice(path.join(".").length + 1)) : null;
  return { message, place: document.findValuePlace(key === null ? path : [...path, key[0]]) };
}

function toChannels(written: NonNullable<WrittenConfig["notify"]>): Readonly<Record<string, NotifyChannel>> {
  return Object.fromEntries(Object.entries(written).map(([name, channel]) => [name, toChannel(channel)]));
}

function toChannel(written: NonNullable<WrittenConfig["notify"]>[string]): NotifyChannel {
  const timeoutMs = written.timeout === undefined ? TIMEOUT_DEFAULT_MS : parseDuration(written.timeout);
  if ("command" in written) return { kind: "command", command: written.command, timeoutMs };
  return { kind: "webhook", url: written.webhook, headers: written.headers ?? {}, timeoutMs };
}

function toHeartbeat(
  { url, every }: NonNullable<WrittenConfig["heartbeat"]>,
  report: (path: YamlPath, message: string) => void,
): Heartbeat {
  const everyMs = every === undefined ? HEARTBEAT_DEFAULT_MS : parseDuration(every);
  if (everyMs < HEARTBEAT_MIN_MS) {
    report(["heartbeat", "every"], `heartbeat.every: expected at least 1s, found ${describeFound(every)}`);
  }
  return { url, everyMs };
}

function toRetention({ runs, logs, keep }: NonNullable<WrittenConfig["retention"]>): Retention {
  return dropAbsent({
    runsMs: runs === undefined ? undefined : parseDuration(runs),
    logsMs: logs === undefined ? undefined : parseDuration(logs),
    keep,
  });
}
