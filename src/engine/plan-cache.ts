import { ALL_ATTEMPTS, type MachineResources } from "../core/check-resources.ts";
import type { Use } from "../core/lane.ts";
import { createRunPlan, type RunPlan } from "../core/run-plan.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Rows } from "../store/rows.ts";
import type { DefinitionValue } from "./definition-value.ts";

/**
 * The plans of definitions in use, and what the machine has for them.
 *
 * P1 An entry's row is committed, or its transaction has thrown and `forgetUncommitted` was called.
 */
export class PlanCache {
  readonly machine: MachineResources | undefined;
  /** Names of workflows without a file that were registered: what the rows say of others is of a program that is gone. */
  readonly sources = new Set<string>();
  readonly #rows: Rows;
  readonly #always: readonly Use[];
  readonly #byHash = new Map<string, RunPlan>();
  readonly #byId = new Map<number, RunPlan>();
  #uncommitted: RunPlan[] = [];

  constructor(rows: Rows, machine?: MachineResources) {
    this.#rows = rows;
    this.machine = machine;
    this.#always = machine?.maxConcurrent === undefined ? [] : [{ resource: ALL_ATTEMPTS, amount: 1 }];
  }

  /** The plan of a definition; writes its rows where it is new. Inside a transaction. */
  register(definition: DefinitionValue, now: number): RunPlan {
    const found = this.#byHash.get(definition.hash);
    if (found !== undefined) return found;
    const { hash, specJson, spec } = definition;
    const draft = createRunPlan(0, hash, spec);
    const id = this.#rows.definitions.getOrInsert(hash, specJson, spec, draft.graph.layer, now);
    const plan = this.#createPlan(id, hash, spec);
    this.#keep(plan);
    this.#uncommitted.push(plan);
    return plan;
  }

  /** The plan of a definition that has a row. */
  readonly get = (definitionId: number): RunPlan => {
    const found = this.#byId.get(definitionId);
    if (found !== undefined) return found;
    const { id, hash, spec } = this.#rows.definitions.get(definitionId);
    const plan = this.#createPlan(id, hash, spec);
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

  #createPlan(id: number, hash: string, spec: WorkflowSpec): RunPlan {
    return createRunPlan(id, hash, spec, this.#rows.definitions.listMedianMs(id), this.#always);
  }

  #keep(plan: RunPlan): void {
    this.#byHash.set(plan.hash, plan);
    this.#byId.set(plan.definitionId, plan);
  }
}
