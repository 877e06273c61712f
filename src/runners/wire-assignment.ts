import type { Approval, Assignment, GivenSecrets } from "./runner.ts";

/**
 * An assignment as it crosses to a worker: what the attempts of one envelope share is said once, and what is as in most
 * of them not at all. Half of the cost of a short task through a worker is its text.
 */
export interface WireAssignment extends Partial<Usual> {
  /** Place in the envelope's parts. */
  readonly part: number;
  readonly runId: string;
  readonly uid: string;
  readonly input: string;
  readonly scheduledAt: string;
  readonly taskIndex: number;
  /** Absent where the worker is known to have just this definition. */
  readonly spec?: Assignment["spec"];
  /** Place in the envelope's needs; absent: there are none. */
  readonly needs?: number;
  readonly key: string;
  readonly approval?: Approval;
  readonly secrets?: GivenSecrets;
}

/** What the attempts of a workflow have in common. */
export interface SharedPart
  extends Pick<Assignment, "definitionHash" | "labels" | "engineUid" | "databasePath" | "cwd"> {
  readonly workflow: string;
}

/** What the attempts of one envelope refer to. */
export interface Shared {
  readonly parts: SharedPart[];
  /** Instances of a map have the same needs, and among them is often the whole list. */
  readonly needs: Assignment["needsJson"][];
}

type Usual = Pick<
  Assignment,
  "step" | "approved" | "itemJson" | "index" | "attempt" | "feedback" | "answersJson" | "logPath" | "alone"
>;

const USUAL: Usual = {
  step: "body",
  approved: false,
  itemJson: null,
  index: null,
  attempt: 1,
  feedback: null,
  answersJson: null,
  logPath: null,
  alone: false,
};
const USUAL_KEYS = Object.keys(USUAL) as (keyof Usual)[];
const NO_NEEDS: Assignment["needsJson"] = {};

/** Puts what is shared into `shared`, unless it is there. */
export function packAssignment(assignment: Assignment, shared: Shared, withSpec: boolean): WireAssignment {
  const { run, inputJson, scheduledAt, taskIndex, spec, needsJson, idempotencyKey, approval, secrets } = assignment;
  const wire = {
    part: findPart(assignment, shared.parts),
    runId: run.id,
    uid: run.uid,
    input: inputJson,
    scheduledAt,
    taskIndex,
    key: idempotencyKey,
    ...(withSpec && { spec }),
    ...(hasKeys(needsJson) && { needs: findNeeds(needsJson, shared.needs) }),
    ...(approval && { approval }),
    ...(secrets && { secrets }),
  };
  const unusual: Record<string, unknown> = wire;
  for (const key of USUAL_KEYS) if (assignment[key] !== USUAL[key]) unusual[key] = assignment[key];
  return wire;
}

/** The assignment again, with the spec that the worker has, or that was sent. */
export function unpackAssignment(wire: WireAssignment, shared: Shared, spec: Assignment["spec"]): Assignment {
  const { part: _, runId, uid, input, needs, key, ...rest } = wire;
  const { workflow, ...common } = getPart(wire, shared);
  return {
    ...USUAL,
    ...common,
    ...rest,
    attemptId: `${key}:${rest.attempt ?? USUAL.attempt}`,
    run: { id: runId, uid, workflow },
    spec,
    inputJson: input,
    needsJson: needs === undefined ? NO_NEEDS : (shared.needs[needs] as Assignment["needsJson"]),
    idempotencyKey: key,
  };
}

/** What the attempt shares with others. */
export function getPart(wire: WireAssignment, { parts }: Shared): SharedPart {
  return parts[wire.part] as SharedPart;
}

function findPart(assignment: Assignment, parts: SharedPart[]): number {
  for (let at = parts.length - 1; at >= 0; at--) if (isSame(assignment, parts[at] as SharedPart)) return at;
  const { definitionHash, labels, engineUid, databasePath, cwd, run } = assignment;
  const part = { definitionHash, labels, cwd, workflow: run.workflow };
  return parts.push({ ...part, ...(engineUid && { engineUid }), ...(databasePath && { databasePath }) }) - 1;
}

function isSame(assignment: Assignment, part: SharedPart): boolean {
  return (
    part.definitionHash === assignment.definitionHash &&
    part.cwd === assignment.cwd &&
    part.engineUid === assignment.engineUid &&
    part.databasePath === assignment.databasePath &&
    part.workflow === assignment.run.workflow &&
    (part.labels === assignment.labels || (!hasKeys(part.labels) && !hasKeys(assignment.labels)))
  );
}

/** Only the last ones are looked at: attempts that share needs come one after the other. */
function findNeeds(needs: Assignment["needsJson"], all: Assignment["needsJson"][]): number {
  const last = all.length - 1;
  return last >= 0 && hasSameTexts(needs, all[last] as Assignment["needsJson"]) ? last : all.push(needs) - 1;
}

function hasSameTexts(one: Assignment["needsJson"], other: Assignment["needsJson"]): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function hasKeys(value: object): boolean {
  for (const _ in value) return true;
  return false;
}
