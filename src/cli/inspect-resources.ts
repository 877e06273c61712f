import { checkResources, createConflictError, isSameResource, type MachineResources } from "../core/check-resources.ts";
import { LockstepError } from "../core/errors.ts";
import type { ResourceSpec } from "../core/workflow-spec.ts";
import type { Finding, InspectedFile } from "./inspect-workflows.ts";

/** What is wrong with the resources of these files together, beside the machine's. */
export function findResourceProblems(
  inspected: readonly InspectedFile[],
  machine: MachineResources | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const first = new Map<string, { readonly spec: ResourceSpec; readonly file: string }>();
  for (const { file, workflows } of inspected) {
    for (const workflow of workflows) {
      const finding = toFinding(file, () => checkResources(workflow, file, machine));
      if (finding !== undefined) findings.push(finding);
      for (const [name, spec] of Object.entries(workflow.resources ?? {})) {
        const other = first.get(name);
        if (other === undefined) first.set(name, { spec, file });
        else if (machine?.resources[name] === undefined && !isSameResource(spec, other.spec)) {
          const { code, message } = createConflictError(name, { spec, file }, other);
          findings.push({ level: "error", code, message, file });
        }
      }
    }
  }
  return findings;
}

function toFinding(file: string, check: () => void): Finding | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { level: "error", code: error.code, message: error.message, file };
  }
}
