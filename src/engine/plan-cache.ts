import { InvalidDefinitionError } from "../core/errors.ts";
import { createRunPlan, type RunPlan } from "../core/run-plan.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Rows } from "../store/rows.ts";
import type { DefinitionValue } from "./definition-value.ts";

/**
 * The plans of definitions in use.
 *
 * P1 An entry's row is committed, or its transaction has thrown and `forgetUncommitted` was called.
 */
export class PlanCache {
  readonly #rows: Rows;
  readonly #byHash = new Map<string, RunPlan>();
  readonly #byId = new Map<number, RunPlan>();
  #uncommitted: RunPlan[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The plan of a definition; writes its rows where it is new. Inside a transaction. */
  register(definition: DefinitionValue, now: number): RunPlan {
    const found = this.#byHash.get(definition.hash);
    if (found !== undefined) return found;
    const { hash, specJson, spec } = definition;
    refuseUnsupported(spec);
    const draft = createRunPlan(0, hash, spec);
    const id = this.#rows.definitions.getOrInsert(hash, specJson, spec, draft.graph.layer, now);
    const plan = createRunPlan(id, hash, spec, this.#rows.definitions.listMedianMs(id));
    this.#keep(plan);
    this.#uncommitted.push(plan);
    return plan;
  }

  /** The plan of a definition that has a row. */
  readonly get = (definitionId: number): RunPlan => {
    const found = this.#byId.get(definitionId);
    if (found !== undefined) return found;
    const { id, hash, spec } = this.#rows.definitions.get(definitionId);
    const plan = createRunPlan(id, hash, spec, this.#rows.definitions.listMedianMs(id));
    this.#keep(plan);
    return plan;
  };

  confirmCommitted(): void {
    this.#uncommitted = [];
  }

  forgetUncommitted(): void {
    for (const plan of this.#uncommitted) {
      this.#byHash.delete(plan.hash);
      this.#byId.delete(plan.definitionId);
    }
    this.#uncommitted = [];
  }

  #keep(plan: RunPlan): void {
    this.#byHash.set(plan.hash, plan);
    this.#byId.set(plan.definitionId, plan);
  }
}

/**
 * Better refused than left waiting: what can be declared and cannot be executed yet.
 * @throws {InvalidDefinitionError} Nothing was started.
 */
function refuseUnsupported({ name, tasks }: WorkflowSpec): void {
  for (const { id, uses } of tasks) {
    if (uses !== undefined && Object.keys(uses).length > 0) {
      throw new InvalidDefinitionError(
        `Workflow "${name}": task "${id}" uses resources, which this version can declare and not limit. Nothing was started. Use maxConcurrent of the workflow or the map`,
        { code: "not_supported" },
      );
    }
  }
}
