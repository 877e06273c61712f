import { findClosest } from "../../core/did-you-mean.ts";
import { suggest } from "./describe-found.ts";
import { EXPRESSION_FUNCTIONS } from "./expression-functions.ts";
import type { Expression } from "./expression-parser.ts";

export const EXPRESSION_NAMES = ["input", "needs", "item", "index", "run", "env", "secrets"] as const;

/** What `run` holds. */
export const RUN_KEYS = [
  "id",
  "uid",
  "workflow",
  "task",
  "labels",
  "attempt",
  "key",
  "scheduledAt",
  "feedback",
  "answers",
] as const;

/** Which names have a meaning where an expression stands. */
export interface NameRules {
  readonly inputs: ReadonlySet<string>;
  /** The names in the task's `needs`; undefined where no task is meant. */
  readonly needs: ReadonlySet<string> | undefined;
  /** What `needs` should have said, for a hint. */
  readonly tasks: ReadonlySet<string>;
  /** True inside a map. */
  readonly item: boolean;
  /** Names of variables; true: a secret is in it. */
  readonly env: ReadonlyMap<string, boolean>;
  readonly secrets: ReadonlySet<string>;
  readonly secretsAllowed: boolean;
}

export interface NameMistake {
  readonly message: string;
  /** In characters of the expression. */
  readonly at: number;
}

const SECRETS_PLACES = "env, stdin, http.headers and http.body";

/** Finds names and functions of an expression that have no meaning where it stands. */
export function findNameMistakes(expression: Expression, rules: NameRules): NameMistake[] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "not":
      return findNameMistakes(expression.operand, rules);
    case "binary":
      return [...findNameMistakes(expression.left, rules), ...findNameMistakes(expression.right, rules)];
    case "call":
      return [
        ...findCallMistakes(expression.name, expression.args.length, expression.at),
        ...expression.args.flatMap((each) => findNameMistakes(each, rules)),
      ];
    case "name":
      return toMistakes(checkName(expression.name, undefined, rules), expression.at);
    default:
      return findMemberMistakes(expression, rules);
  }
}

/** The names of secrets, and of variables, that an expression reads. */
export function listReads(expression: Expression, name: "secrets" | "env"): string[] {
  switch (expression.kind) {
    case "literal":
    case "name":
      return [];
    case "not":
      return listReads(expression.operand, name);
    case "binary":
      return [...listReads(expression.left, name), ...listReads(expression.right, name)];
    case "call":
      return expression.args.flatMap((each) => listReads(each, name));
    default: {
      const { of, key } = expression;
      const own = of.kind === "name" && of.name === name && key.kind === "literal" ? [String(key.value)] : [];
      return [...own, ...listReads(of, name), ...listReads(key, name)];
    }
  }
}

function findMemberMistakes(expression: Expression & { kind: "member" }, rules: NameRules): NameMistake[] {
  const { of, key } = expression;
  const inKey = findNameMistakes(key, rules);
  if (of.kind !== "name") return [...findNameMistakes(of, rules), ...inKey];
  const name = key.kind === "literal" && typeof key.value === "string" ? key.value : undefined;
  return [...toMistakes(checkName(of.name, name, rules), name === undefined ? of.at : key.at, of), ...inKey];
}

function toMistakes(message: string | undefined, at: number, root?: { name: string; at: number }): NameMistake[] {
  if (message === undefined) return [];
  return [{ message, at: root !== undefined && message.includes(`"${root.name}"`) ? root.at : at }];
}

/** `key` is undefined where the whole is meant, or where the key is computed. */
function checkName(name: string, key: string | undefined, rules: NameRules): string | undefined {
  switch (name) {
    case "input":
      return key === undefined || rules.inputs.has(key)
        ? undefined
        : `input has no ${JSON.stringify(key)}${suggestOr(key, rules.inputs, `Declare it: input: { ${key}: { type: string } }`)}`;
    case "needs":
      return checkNeed(key, rules);
    case "item":
    case "index":
      return rules.item ? undefined : `${name} has a meaning only inside a map, and not in what comes before it`;
    case "run":
      return key === undefined || RUN_KEYS.some((each) => each === key)
        ? undefined
        : `run has no ${JSON.stringify(key)}${suggestOr(key, RUN_KEYS, `It has ${RUN_KEYS.join(", ")}`)}`;
    case "env":
      return checkVariable(key, rules);
    case "secrets":
      return checkSecret(key, rules);
    default:
      return `unknown name ${JSON.stringify(name)} in \${{ }}${suggestOr(name, EXPRESSION_NAMES, `Known: ${EXPRESSION_NAMES.join(", ")}`)}`;
  }
}

function checkNeed(key: string | undefined, rules: NameRules): string | undefined {
  if (rules.needs === undefined) return "needs has no meaning here: no task has run yet";
  if (key === undefined || rules.needs.has(key)) return undefined;
  const closest = findClosest(key, rules.needs);
  if (closest !== undefined) return `needs has no ${JSON.stringify(key)}${suggest(closest)}`;
  if (rules.tasks.has(key)) return `needs has no ${JSON.stringify(key)}. Add it to this task: needs: [${key}]`;
  return `needs has no ${JSON.stringify(key)}${suggestOr(key, rules.tasks, "There is no such task")}`;
}

function checkVariable(key: string | undefined, rules: NameRules): string | undefined {
  const isSecret = key === undefined ? [...rules.env.values()].includes(true) : rules.env.get(key);
  if (isSecret === undefined) {
    const names = [...rules.env.keys()];
    const otherwise = names.length === 0 ? "No env is known here" : `Known here: ${names.join(", ")}`;
    return `env has no ${JSON.stringify(key)}${suggestOr(key ?? "", names, otherwise)}`;
  }
  if (!isSecret || rules.secretsAllowed) return undefined;
  return `env${key === undefined ? "" : `.${key}`} holds a secret: it may stand only in ${SECRETS_PLACES}`;
}

function checkSecret(key: string | undefined, rules: NameRules): string | undefined {
  if (!rules.secretsAllowed) return `secrets may stand only in ${SECRETS_PLACES}`;
  if (key === undefined) return "expected the name of one secret: secrets.NAME";
  if (rules.secrets.has(key)) return undefined;
  return `secrets has no ${JSON.stringify(key)}${suggestOr(key, rules.secrets, `Declare it: secrets: [${key}]`)}`;
}

function findCallMistakes(name: string, count: number, at: number): NameMistake[] {
  const known = EXPRESSION_FUNCTIONS.get(name);
  if (known === undefined) {
    const names = [...EXPRESSION_FUNCTIONS.keys()];
    return [
      {
        message: `unknown function ${JSON.stringify(name)} in \${{ }}${suggestOr(name, names, `Known: ${names.join(", ")}`)}`,
        at,
      },
    ];
  }
  if (count >= known.least && count <= known.most) return [];
  const values = count === 1 ? "one value" : `${count} values`;
  return [{ message: `expected ${known.usage}, found ${name} with ${values}`, at }];
}

function suggestOr(word: string, candidates: Iterable<string>, otherwise: string): string {
  const closest = findClosest(word, candidates);
  return closest === undefined ? `. ${otherwise}` : suggest(closest);
}
