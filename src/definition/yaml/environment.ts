import { resolve } from "node:path";
import type { DecideContext } from "../program.ts";
import { parseDotenv } from "./dotenv.ts";
import { toInsertedText } from "./expression-functions.ts";
import type { NameRules } from "./expression-names.ts";
import type { LoadContext } from "./load-context.ts";
import { createScope } from "./scope.ts";
import type { Template } from "./template.ts";
import type { YamlPath } from "./yaml-document.ts";

/** The variables of commands: of the config, of dotenv files, of the workflow and of a task; the later go before the earlier. */
export interface Environment {
  /** Name → true where a secret is in it. */
  readonly names: ReadonlyMap<string, boolean>;
  evaluate(context: DecideContext): Readonly<Record<string, string>>;
}

/** Reads the `dotenv` files on top of what lies `beneath`; returns their variables and their texts, which belong to the code hash. */
export function readDotenvFiles(
  load: LoadContext,
  beneath: Readonly<Record<string, string>> = {},
): { environment: Environment; texts: string[] } {
  const variables = new Map(Object.entries(beneath));
  const texts: string[] = [];
  for (const [index, name] of (load.definition.dotenv ?? []).entries()) {
    const path = ["dotenv", index];
    const text = readFileOf(load, name, path);
    if (text === undefined) continue;
    texts.push(text);
    const read = parseDotenv(text);
    for (const { line, message } of read.problems) {
      load.problems.push({ message, place: { file: load.showPath(resolve(load.folder, name)), line, column: 1 } });
    }
    for (const [key, value] of read.variables) variables.set(key, value);
  }
  const values = Object.fromEntries(variables);
  const names = new Map([...variables.keys()].map((key) => [key, false] as const));
  return { environment: { names, evaluate: () => values }, texts };
}

function readFileOf(load: LoadContext, name: string, path: YamlPath): string | undefined {
  try {
    return load.hooks.readText(resolve(load.folder, name));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    load.report(path, `dotenv: cannot read ${JSON.stringify(name)} in ${load.folder}${code}`);
    return undefined;
  }
}

/** `outer` with more variables; their templates may use `outer`'s, never their own. */
export function extendEnvironment(
  load: LoadContext,
  outer: Environment,
  sources: readonly { values: Readonly<Record<string, unknown>>; path: YamlPath }[],
  rules: NameRules,
): Environment {
  const templates = new Map<string, Template>();
  const inside: NameRules = { ...rules, env: outer.names, secretsAllowed: true };
  for (const { values, path } of sources) {
    for (const [name, value] of Object.entries(values)) {
      templates.set(name, load.compile(value, [...path, name], inside));
    }
  }
  if (templates.size === 0) return outer;
  const own = [...templates].map(([name, template]) => [name, isSecret(template, outer)] as const);
  return {
    names: new Map([...outer.names, ...own]),
    evaluate(context) {
      const env = outer.evaluate(context);
      const scope = createScope(context, () => env);
      const values = [...templates].map(
        ([name, template]) => [name, toInsertedText(template.evaluate(scope))] as const,
      );
      return { ...env, ...Object.fromEntries(values) };
    },
  };
}

function isSecret(template: Template, outer: Environment): boolean {
  return template.secrets.length > 0 || template.variables.some((name) => outer.names.get(name) === true);
}
