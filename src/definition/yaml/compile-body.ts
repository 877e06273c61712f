import { resolve } from "node:path";
import type { CommandPlan, DecideContext, RequestPlan, TaskProgram } from "../program.ts";
import type { Environment } from "./environment.ts";
import { toInsertedText } from "./expression-functions.ts";
import type { NameRules } from "./expression-names.ts";
import type { LoadContext } from "./load-context.ts";
import { createScope } from "./scope.ts";
import type { TaskSource } from "./task-source.ts";
import type { Template } from "./template.ts";
import type { YamlPath } from "./yaml-document.ts";

/** What the body of a task is made with: the names it may use and the variables that it has. */
export interface BodySite {
  readonly load: LoadContext;
  readonly source: TaskSource;
  readonly rules: NameRules;
  readonly environment: Environment;
}

/** `run` and `exec`: a plan in which values stand in arguments, variables, stdin and files alone. */
export function compileCommand(site: BodySite): Pick<TaskProgram, "command"> {
  const { source, environment, load } = site;
  const { definition } = source;
  const makeCommand = definition.run === undefined ? compileArguments(site) : compileScript(site, definition.run);
  const stdin = compileOptional(site, "stdin", definition.stdin, true);
  const files = compileOptional(site, "files", definition.files);
  const cwd = compileOptional(site, "cwd", definition.cwd);
  const inheritEnv = [...new Set([...(load.definition.inheritEnv ?? []), ...(definition.inheritEnv ?? [])])];
  const fixed = { ...(inheritEnv.length === 0 ? {} : { inheritEnv }), output: definition.output ?? ("none" as const) };
  return {
    command(context) {
      const env = environment.evaluate(context);
      const scope = createScope(context, () => env);
      const texts = (files?.evaluate(scope) ?? {}) as Record<string, unknown>;
      return {
        command: makeCommand(context, env),
        ...(Object.keys(env).length === 0 ? {} : { env }),
        ...(stdin === undefined ? {} : { stdin: toInsertedText(stdin.evaluate(scope)) }),
        ...(files === undefined ? {} : { files: mapValues(texts, toInsertedText) }),
        cwd: resolve(load.folder, cwd === undefined ? "." : toInsertedText(cwd.evaluate(scope))),
        ...fixed,
      };
    },
  };
}

type MakeCommand = (context: DecideContext, env: Readonly<Record<string, string>>) => CommandPlan["command"];

/** The script is fixed text: what changes reaches it from outside. */
function compileScript(site: BodySite, script: string): MakeCommand {
  const command = {
    kind: "shell" as const,
    script,
    args: [],
    shell: site.source.definition.shell ?? ("bash" as const),
  };
  return () => command;
}

/** A list inside the list becomes several arguments; each value is one, never text to be split. */
function compileArguments(site: BodySite): MakeCommand {
  const { load, source, rules } = site;
  const items = (source.definition.exec ?? []).map((item, index) =>
    load.compile(item, [...source.pathOf("exec"), index], rules),
  );
  return (context, env) => {
    const scope = createScope(context, () => env);
    return { kind: "exec", argv: items.flatMap((item) => toArguments(item.evaluate(scope))) };
  };
}

function toArguments(value: unknown): string[] {
  return Array.isArray(value) ? value.map(toInsertedText) : [toInsertedText(value)];
}

/** `http`: an address, or a map. Secrets may stand in headers and body. */
export function compileRequest(site: BodySite): Pick<TaskProgram, "request"> {
  const { load, source, rules, environment } = site;
  const written = source.definition.http ?? "";
  const request = typeof written === "string" ? { url: written } : written;
  const base = source.pathOf("http");
  const withSecrets = { ...rules, secretsAllowed: true };
  const urlPath = typeof written === "string" ? base : [...base, "url"];
  const url = load.compile(request.url, urlPath, rules);
  if (!request.url.includes("${{")) checkAddress(site, urlPath, request.url);
  const headers = request.headers && load.compile(request.headers, [...base, "headers"], withSecrets);
  const body = request.body === undefined ? undefined : load.compile(request.body, [...base, "body"], withSecrets);
  const { method } = request;
  return {
    request(context): RequestPlan {
      const scope = createScope(context, () => environment.evaluate(context));
      return {
        url: toInsertedText(url.evaluate(scope)),
        ...(method === undefined ? {} : { method }),
        ...(headers === undefined
          ? {}
          : { headers: mapValues(headers.evaluate(scope) as Record<string, unknown>, toInsertedText) }),
        ...(body === undefined ? {} : { body: body.evaluate(scope) }),
      };
    },
  };
}

/** What the request would be refused for when it runs. Where a password is in it, the address is not repeated. */
function checkAddress({ load }: BodySite, path: YamlPath, address: string): void {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const found = JSON.stringify(address);
    load.report(path, `http: expected an address such as https://example.org/status, found ${found}`);
  } else if (url.username !== "" || url.password !== "")
    load.report(path, "http: expected an address without user and password. Put them into a header: authorization");
}

/** `workflow`: the child's input, by default an empty one. */
export function compileChildInput(site: BodySite): Pick<TaskProgram, "childInput"> {
  const { load, source, rules, environment } = site;
  const written = source.definition.workflow;
  const input = typeof written === "object" ? written.input : undefined;
  const template = load.compile(input ?? {}, [...source.pathOf("workflow"), "input"], rules);
  return { childInput: (context) => template.evaluate(createScope(context, () => environment.evaluate(context))) };
}

function compileOptional(
  site: BodySite,
  key: "stdin" | "files" | "cwd",
  value: unknown,
  secretsAllowed = false,
): Template | undefined {
  if (value === undefined) return undefined;
  return site.load.compile(value, site.source.pathOf(key), { ...site.rules, secretsAllowed });
}

function mapValues(values: Readonly<Record<string, unknown>>, map: (value: unknown) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
