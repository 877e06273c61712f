import { InvalidDefinitionError } from "../core/errors.ts";
import type { WorkflowProgram } from "./program.ts";
import type { Workflow } from "./workflow-builder.ts";

/** The mark of a workflow; the same in every copy of this package, so `instanceof` is never asked. */
const WORKFLOW = Symbol.for("lockstep.workflow");

/** The version of what lies behind the mark. A copy of the package that reads it refuses newer ones. */
const WORKFLOW_FORMAT = 1;

/** What lies behind the mark: enough for another copy of the package to run the workflow. */
export interface WorkflowFacts {
  readonly format: number;
  toProgram(): WorkflowProgram;
}

/** What a workflow carries under its mark. */
export function createMark(toProgram: () => WorkflowProgram): Readonly<Record<symbol, WorkflowFacts>> {
  return { [WORKFLOW]: { format: WORKFLOW_FORMAT, toProgram } };
}

/** True for a workflow, whichever copy of this package made it. */
export function isWorkflow(value: unknown): value is Workflow {
  return typeof value === "object" && value !== null && WORKFLOW in value;
}

/**
 * The spec and the functions of a workflow. Made once: afterwards the workflow takes no more tasks.
 * @throws {InvalidDefinitionError} where it has no task, contains itself, or was made by a newer version.
 */
export function toProgram(workflow: Workflow<never, unknown>): WorkflowProgram {
  const facts = findFacts(workflow);
  if (facts === undefined) throw new InvalidDefinitionError("expected a workflow made by workflow(name, …)");
  if (facts.format > WORKFLOW_FORMAT) {
    throw new InvalidDefinitionError(
      `workflow "${workflow.name}" was made by a newer lockstep (format ${facts.format}, this one knows ${WORKFLOW_FORMAT}). ` +
        "Update the lockstep that runs it.",
      { code: "newer_workflow" },
    );
  }
  return facts.toProgram();
}

function findFacts(workflow: unknown): WorkflowFacts | undefined {
  return isWorkflow(workflow) ? (Reflect.get(workflow, WORKFLOW) as WorkflowFacts) : undefined;
}
