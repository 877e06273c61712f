import type { Trigger } from "../core/workflow-spec.ts";

/** Marks a handle, also for another copy of this package. */
const HANDLE = Symbol.for("lockstep.handle");

/**
 * A task that was declared. Hand it to `needs`, `after`, `over` or `returns` of the same workflow. `Output` is what
 * consumers get: the recorded JSON, parsed afresh.
 */
export interface TaskHandle<Id extends string = string, Output = unknown> {
  readonly id: Id;
  /** For the types alone; never there at run time. */
  readonly "~output"?: Output;
}

/** A record renames (`needs.a`); a list takes the ids of its tasks as names. */
export type Needs = Readonly<Record<string, TaskHandle>> | readonly TaskHandle[];

/** The output of a handle. */
export type OutputOf<Handle> = Handle extends TaskHandle<string, infer Output> ? Output : never;

/** What `needs` holds at run time. Unless all needs must have succeeded, any of them may have no output. */
export type NeedsOutputs<N, When> = N extends readonly TaskHandle[]
  ? { readonly [Handle in N[number] as Handle["id"]]: NeededOutput<Handle, When> }
  : { readonly [Name in keyof N]: NeededOutput<N[Name], When> };

type NeededOutput<Handle, When> = [When] extends ["all_succeeded"] ? OutputOf<Handle> : OutputOf<Handle> | undefined;

/** No needs. */
export type NoNeeds = Readonly<Record<never, never>>;

/** The default of `when`, as a type. */
export type AllSucceeded = Extract<Trigger, "all_succeeded">;

/** A handle as it is at run time. `owner` is the workflow that declared it, `index` its place in the declaration. */
export interface DeclaredHandle extends TaskHandle {
  readonly owner: object;
  readonly index: number;
}

/** Plain and small: a workflow may declare 100,000. */
class Handle implements DeclaredHandle {
  readonly id: string;
  readonly index: number;
  readonly #owner: object;

  constructor(id: string, owner: object, index: number) {
    this.id = id;
    this.index = index;
    this.#owner = owner;
  }

  get owner(): object {
    return this.#owner;
  }

  get [HANDLE](): true {
    return true;
  }
}

export function createHandle(id: string, owner: object, index: number): DeclaredHandle {
  return new Handle(id, owner, index);
}

export function isHandle(value: unknown): value is DeclaredHandle {
  return typeof value === "object" && value !== null && HANDLE in value;
}
