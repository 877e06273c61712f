/** Deepest value that is kept: JSON.parse and JSON.stringify recurse, and their stack ends at a few thousand. */
const DEPTH_MAX = 1_000;

type Step = string | number;

/** Where the search stands: the path from the root, and the objects on it. */
interface Place {
  readonly root: string;
  readonly steps: Step[];
  readonly holders: object[];
}

/** What stands in place of a part that JSON cannot hold, by its class; called with the last name of its path. */
const INSTEAD_OF_CLASS: Readonly<Record<string, (name: string) => string>> = {
  Map: (name) => `Return Object.fromEntries(${name}).`,
  Set: (name) => `Return [...${name}].`,
  WeakMap: () => "Return a plain object.",
  WeakSet: () => "Return a list.",
  Promise: (name) => `Return await ${name}.`,
};

const INSTEAD_OF_TYPE: Readonly<Record<string, (name: string) => string>> = {
  bigint: (name) => `Return String(${name}).`,
  symbol: (name) => `Return ${name}.description.`,
  function: () => "Return what it computes.",
};

/**
 * Finds the first part of a value that JSON cannot hold, and says where it is, what it is and what to return instead;
 * undefined where JSON holds it all. Calls `toJSON` where there is one, as JSON.stringify does.
 */
export function findJsonRefusal(value: unknown, root: string): string | undefined {
  return search(value, { root, steps: [], holders: [] });
}

function search(given: unknown, place: Place): string | undefined {
  const value = applyToJson(given, place);
  if (typeof value !== "object" || value === null) {
    const instead = INSTEAD_OF_TYPE[typeof value];
    return instead && `${formatPath(place)} is a ${typeof value}. ${instead(getLastName(place))}`;
  }
  const instead = INSTEAD_OF_CLASS[getClassName(value)];
  if (instead) return `${formatPath(place)} is a ${getClassName(value)}. ${instead(getLastName(place))}`;
  const above = place.holders.indexOf(value);
  if (above >= 0) return describeCircle(place, above);
  if (place.steps.length >= DEPTH_MAX)
    return `${place.root} is nested more than ${DEPTH_MAX} deep. Return a flat list.`;
  place.holders.push(value);
  const refusal = searchMembers(value, place);
  place.holders.pop();
  return refusal;
}

function searchMembers(value: object, place: Place): string | undefined {
  const members: Iterable<[Step, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [step, member] of members) {
    place.steps.push(step);
    const refusal = search(member, place);
    if (refusal !== undefined) return refusal;
    place.steps.pop();
  }
  return undefined;
}

function applyToJson(value: unknown, place: Place): unknown {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value;
  return typeof value.toJSON === "function" ? value.toJSON(String(place.steps.at(-1) ?? "")) : value;
}

/** The class by its tag, which also recognizes a Map of another realm. */
function getClassName(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function describeCircle(place: Place, above: number): string {
  const target = formatPath({ ...place, steps: place.steps.slice(0, above) });
  return `${formatPath(place)} refers back to ${target}. Return a copy without ${getLastName(place)}.`;
}

function formatPath(place: Place): string {
  return place.steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, place.root);
}

/** A name to write in a suggestion: the last key of the path that is one, or "value". */
function getLastName(place: Place): string {
  const last = place.steps.at(-1);
  return typeof last === "string" && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(last) ? last : "value";
}
