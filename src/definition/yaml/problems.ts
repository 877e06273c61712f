import { InvalidDefinitionError, type SourcePlace } from "../../core/errors.ts";

/** One mistake in a file. */
export interface Problem {
  readonly message: string;
  readonly place: SourcePlace;
  readonly code?: string;
  /** The child workflow that it is about. */
  readonly child?: string;
}

/** Of more mistakes than these, the rest is not read by anyone. */
const PROBLEMS_MAX = 50;

/** All mistakes of a YAML file; the first in the order of the file is the error's message and place. */
export class InvalidYamlError extends InvalidDefinitionError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems;
    super(first.message, {
      place: first.place,
      ...(first.code === undefined ? {} : { code: first.code }),
      ...(others.length === 0 ? {} : { hint: describeOthers(others) }),
    });
    this.problems = problems;
  }
}

/** Throws where there is a problem. Each is told once, in the order of the file. */
export function throwProblems(problems: readonly Problem[]): void {
  const unique = new Map(problems.map((each) => [`${formatPlace(each.place)} ${each.message}`, each]));
  const [first, ...others] = [...unique.values()].sort((one, other) => comparePlaces(one.place, other.place));
  if (first !== undefined) throw new InvalidYamlError([first, ...others.slice(0, PROBLEMS_MAX - 1)]);
}

/** A mistake as people read it: `backup.yaml:9:5  unknown key …`, or `backup.yaml: …` where it has no line. */
export function formatProblem(problem: Pick<Problem, "message" | "place">): string {
  return `${formatPlace(problem.place)}${problem.place.line === undefined ? ": " : "  "}${problem.message}`;
}

function formatPlace(place: SourcePlace): string {
  return place.line === undefined ? place.file : `${place.file}:${place.line}:${place.column ?? 1}`;
}

function describeOthers(others: readonly Problem[]): string {
  const count = others.length === 1 ? "One more mistake" : `${others.length} more mistakes`;
  return [`${count}:`, ...others.map(formatProblem)].join("\n");
}

/** What concerns a whole file comes last: what is wrong in a line may be its cause. */
function comparePlaces(one: SourcePlace, other: SourcePlace): number {
  const last = Number.MAX_SAFE_INTEGER;
  const byLine = (one.line ?? last) - (other.line ?? last);
  return byLine === 0 ? (one.column ?? 0) - (other.column ?? 0) : byLine;
}
