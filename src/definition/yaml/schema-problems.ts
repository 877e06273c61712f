import type { z } from "zod";
import { findClosest } from "../../core/did-you-mean.ts";
import type { JsonSchema } from "../../core/workflow-spec.ts";
import { describeFound, suggest } from "./describe-found.ts";
import { suggestForm } from "./meant-form.ts";
import { describeMap, describeValue, readPath } from "./path-names.ts";
import type { Problem } from "./problems.ts";
import { type WorkflowDefinition, workflowSchema } from "./schema-workflow.ts";
import { listKnownKeys, workflowJsonSchema } from "./workflow-json-schema.ts";
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

/** What a file is checked by. */
interface SchemaSite<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly readJsonSchema: () => JsonSchema;
  /** What the file is, for messages: `the workflow`. */
  readonly whole: string;
}

const WORKFLOW = { schema: workflowSchema, readJsonSchema: workflowJsonSchema, whole: "the workflow" };

/** Checks a parsed file against the schema of workflows. */
export function checkSchema(document: YamlDocument): { definition?: WorkflowDefinition; problems: readonly Problem[] } {
  const { value, problems } = checkBySchema(document, WORKFLOW);
  return value === undefined ? { problems } : { definition: value, problems };
}

/** Checks a parsed file against a schema. What is wrong is a problem with a place and, where one is near, a suggestion. */
export function checkBySchema<Schema extends z.ZodType>(
  document: YamlDocument,
  { schema, readJsonSchema, whole }: SchemaSite<Schema>,
): { value?: z.output<Schema>; problems: readonly Problem[] } {
  const checked = schema.safeParse(document.value);
  if (checked.success) return { value: checked.data, problems: [] };
  const site: IssueSite = { document, whole, listKeys: (path) => listKnownKeys(path, readJsonSchema()) };
  return { problems: describeIssues(site, checked.error.issues, []) };
}

interface IssueSite {
  readonly document: YamlDocument;
  readonly whole: string;
  readonly listKeys: (path: YamlPath) => string[];
}

function describeIssues(site: IssueSite, issues: readonly Issue[], base: YamlPath): Problem[] {
  const found = issues.flatMap((issue) => describeIssue(site, issue, [...base, ...toPath(issue.path)]));
  // A mistyped key explains the missing one that it stands for.
  return found.filter(({ missing }) => missing === undefined || !found.some(({ meant }) => meant === missing));
}

type Found = Problem & { readonly missing?: string; readonly meant?: string };

function describeIssue(site: IssueSite, issue: Issue, path: YamlPath): Found[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => describeUnknownKey(site, path, key));
  if (issue.code === "invalid_key") {
    const message = `the name ${JSON.stringify(path.at(-1))}: ${issue.issues[0]?.message ?? issue.message}`;
    return [{ message, place: site.document.findKeyPlace(path) }];
  }
  const value = readPath(site.document.value, path);
  if (value === undefined && path.length > 0) {
    const key = String(path.at(-1));
    const parent = path.slice(0, -1);
    const message = `${JSON.stringify(key)} is missing in ${describeMap(parent, site.whole)}`;
    return [{ message, place: site.document.findKeyPlace(parent), missing: [...parent, key].join("\n") }];
  }
  if (issue.code === "invalid_union") return describeUnion(site, issue, path);
  const expected = describeExpectation(issue, value);
  const message = expected.includes(", found ") ? expected : `${expected}, found ${describeFound(value)}`;
  const closest = issue.code === "invalid_value" ? suggestValue(issue.values, value) : suggestForm(path, value);
  return [{ message: `${describeValue(path)}: ${message}${closest}`, place: site.document.findValuePlace(path) }];
}

function describeUnknownKey(site: IssueSite, path: YamlPath, key: string): Found {
  const known = site.listKeys(path);
  const closest = findClosest(key, known);
  const list = closest === undefined && known.length <= KEYS_LISTED_MAX ? `. Known: ${known.join(", ")}` : "";
  return {
    message: `unknown key ${JSON.stringify(key)} in ${describeMap(path, site.whole)}${suggest(closest)}${list}`,
    place: site.document.findKeyPlace([...path, key]),
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
function describeUnion(site: IssueSite, issue: z.core.$ZodIssueInvalidUnion, path: YamlPath): Found[] {
  const ranked = issue.errors.map((issues) => ({ issues, rank: rankAlternative(issues) }));
  const best = Math.min(...ranked.map(({ rank }) => rank));
  if (best < RANK_WRONG_TYPE) {
    const told = ranked
      .filter(({ rank }) => rank === best)
      .map(({ issues }) => describeIssues(site, issues, path))
      .sort((one, other) => one.length - other.length);
    return told[0] ?? [];
  }
  const types = new Set(ranked.flatMap(({ issues }) => issues.map(nameExpected)).filter((each) => each !== undefined));
  const value = readPath(site.document.value, path);
  const message = `expected ${[...types].join(" or ")}, found ${describeFound(value)}${suggestForm(path, value)}`;
  return [{ message: `${describeValue(path)}: ${message}`, place: site.document.findValuePlace(path) }];
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
