import type { Approval, Assignment, GivenSecrets } from "./runner.ts";

/**
 * An assignment as it crosses to a worker: what the attempts of one envelope share is said once, and what is as in most
 * of them not at all. Half of the cost of a short task through a worker is its text.
 */
export interface WireAssignment extends Partial<Usual> {
  /** Place in the envelope's `shared`. */
  readonly shared: number;
  readonly runId: string;
  readonly uid: string;
  readonly input: string;
  readonly scheduledAt: string;
  readonly taskIndex: number;
  /** Absent where the worker is known to have just this definition. */
  readonly spec?: Assignment["spec"];
  readonly needs?: Assignment["needsJson"];
  readonly key: string;
  readonly approval?: Approval;
  readonly secrets?: GivenSecrets;
}

/** What the attempts of a workflow have in common. */
export interface SharedPart
  extends Pick<Assignment, "definitionHash" | "labels" | "engineUid" | "databasePath" | "cwd"> {
  readonly workflow: string;
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
export function packAssignment(assignment: Assignment, shared: SharedPart[], withSpec: boolean): WireAssignment {
  const { run, inputJson, scheduledAt, taskIndex, spec, needsJson, idempotencyKey, approval, secrets } = assignment;
  const wire = {
    shared: findShared(assignment, shared),
    runId: run.id,
    uid: run.uid,
    input: inputJson,
    scheduledAt,
    taskIndex,
    key: idempotencyKey,
    ...(withSpec && { spec }),
    ...(hasKeys(needsJson) && { needs: needsJson }),
    ...(approval && { approval }),
    ...(secrets && { secrets }),
  };
  const unusual: Record<string, unknown> = wire;
  for (const key of USUAL_KEYS) if (assignment[key] !== USUAL[key]) unusual[key] = assignment[key];
  return wire;
}

/** The assignment again, with the spec that the worker has, or that was sent. */
export function unpackAssignment(wire: WireAssignment, part: SharedPart, spec: Assignment["spec"]): Assignment {
  const { shared: _, runId, uid, input, needs = NO_NEEDS, key, ...rest } = wire;
  const { workflow, ...common } = part;
  return {
    ...USUAL,
    ...common,
    ...rest,
    attemptId: `${key}:${rest.attempt ?? USUAL.attempt}`,
    run: { id: runId, uid, workflow },
    spec,
    inputJson: input,
    needsJson: needs,
    idempotencyKey: key,
  };
}

function findShared(assignment: Assignment, shared: SharedPart[]): number {
  for (let at = shared.length - 1; at >= 0; at--) if (isSame(assignment, shared[at] as SharedPart)) return at;
  const { definitionHash, labels, engineUid, databasePath, cwd, run } = assignment;
  const part = { definitionHash, labels, cwd, workflow: run.workflow };
  return shared.push({ ...part, ...(engineUid && { engineUid }), ...(databasePath && { databasePath }) }) - 1;
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

function hasKeys(value: object): boolean {
  for (const _ in value) return true;
  return false;
}
