import type { z } from "zod";
import { findClosest } from "../../core/did-you-mean.ts";
import { describeFound, suggest } from "./describe-found.ts";
import { describeMap, describeValue, readPath } from "./path-names.ts";
import type { Problem } from "./problems.ts";
import { type WorkflowDefinition, workflowSchema } from "./schema-workflow.ts";
import { listKnownKeys } from "./workflow-json-schema.ts";
import type { YamlDocument, YamlPath } from "./yaml-document.ts";

type Issue = z.core.$ZodIssue;

/** Of a message with more keys than these, nobody reads the list. */
const KEYS_LISTED_MAX = 12;

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "a map"],
  ["record", "a map"],
]);

/** Checks a parsed file against the schema. What is wrong is a problem with a place and, where one is near, a suggestion. */
export function checkSchema(document: YamlDocument): { definition?: WorkflowDefinition; problems: readonly Problem[] } {
  const checked = workflowSchema.safeParse(document.value);
  if (checked.success) return { definition: checked.data, problems: [] };
  return { problems: describeIssues(document, checked.error.issues, []) };
}

function describeIssues(document: YamlDocument, issues: readonly Issue[], base: YamlPath): Problem[] {
  const found = issues.flatMap((issue) => describeIssue(document, issue, [...base, ...toPath(issue.path)]));
  // A mistyped key explains the missing one that it stands for.
  return found.filter(({ missing }) => missing === undefined || !found.some(({ meant }) => meant === missing));
}

type Found = Problem & { readonly missing?: string; readonly meant?: string };

function describeIssue(document: YamlDocument, issue: Issue, path: YamlPath): Found[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => describeUnknownKey(document, path, key));
  if (issue.code === "invalid_union") return describeUnion(document, issue, path);
  if (issue.code === "invalid_key") {
    const message = `the name ${JSON.stringify(path.at(-1))}: ${issue.issues[0]?.message ?? issue.message}`;
    return [{ message, place: document.findKeyPlace(path) }];
  }
  const value = readPath(document.value, path);
  if (value === undefined && path.length > 0) {
    const key = String(path.at(-1));
    const parent = path.slice(0, -1);
    const message = `${JSON.stringify(key)} is missing in ${describeMap(parent)}`;
    return [{ message, place: document.findKeyPlace(parent), missing: [...parent, key].join("\n") }];
  }
  const expected = describeExpectation(issue, value);
  const message = expected.includes(", found ") ? expected : `${expected}, found ${describeFound(value)}`;
  const closest = issue.code === "invalid_value" ? suggestValue(issue.values, value) : "";
  return [{ message: `${describeValue(path)}: ${message}${closest}`, place: document.findValuePlace(path) }];
}

function describeUnknownKey(document: YamlDocument, path: YamlPath, key: string): Found {
  const known = listKnownKeys(path);
  const closest = findClosest(key, known);
  const list = closest === undefined && known.length <= KEYS_LISTED_MAX ? `. Known: ${known.join(", ")}` : "";
  return {
    message: `unknown key ${JSON.stringify(key)} in ${describeMap(path)}${suggest(closest)}${list}`,
    place: document.findKeyPlace([...path, key]),
    ...(closest === undefined ? {} : { meant: [...path, closest].join("\n") }),
  };
}

function describeExpectation(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.message.startsWith("expected") ? issue.message : `expected ${nameType(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `expected ${typeof value === "number" ? "a number of " : ""}at least ${issue.minimum}${nameUnit(value)}`;
    case "too_big":
      return `expected ${typeof value === "number" ? "a number of " : ""}at most ${issue.maximum}${nameUnit(value)}`;
    default:
      return issue.message.startsWith("expected") ? issue.message : "expected another value";
  }
}

function nameType(type: string): string {
  return TYPE_NAMES.get(type) ?? `a value of type ${type}`;
}

function nameUnit(value: unknown): string {
  if (typeof value === "string") return " character";
  return Array.isArray(value) ? " item" : "";
}

function suggestValue(values: readonly unknown[], found: unknown): string {
  return typeof found === "string" ? suggest(findClosest(found, values.map(String))) : "";
}

/** Speaks of the alternative that the author most likely meant; of all where none has the right type. */
function describeUnion(document: YamlDocument, issue: z.core.$ZodIssueInvalidUnion, path: YamlPath): Found[] {
  const ranked = issue.errors.map((issues) => ({ issues, rank: rankAlternative(issues) }));
  const best = Math.min(...ranked.map(({ rank }) => rank));
  if (best < RANK_WRONG_TYPE) {
    const told = ranked
      .filter(({ rank }) => rank === best)
      .map(({ issues }) => describeIssues(document, issues, path))
      .sort((one, other) => one.length - other.length);
    return told[0] ?? [];
  }
  const types = new Set(ranked.flatMap(({ issues }) => issues.map(nameExpected)).filter((each) => each !== undefined));
  const message = `expected ${[...types].join(" or ")}, found ${describeFound(readPath(document.value, path))}`;
  return [{ message: `${describeValue(path)}: ${message}`, place: document.findValuePlace(path) }];
}

const RANK_WRONG_TYPE = 3;

function rankAlternative(issues: readonly Issue[]): number {
  const atTop = issues.filter((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys");
  if (atTop.some((issue) => issue.code === "invalid_type")) return RANK_WRONG_TYPE;
  if (atTop.some((issue) => issue.code === "invalid_value")) return 2;
  return atTop.length === 0 ? 0 : 1;
}

function nameExpected(issue: Issue): string | undefined {
  return issue.code === "invalid_type" ? nameType(issue.expected) : undefined;
}

function toPath(path: readonly PropertyKey[]): YamlPath {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}
