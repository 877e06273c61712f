import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { ModuleDescription } from "./describe-module.ts";

/** Names of the workflows whose programs a file holds: its own, and their children. */
export function listHeldWorkflows({ workflows }: ModuleDescription): string[] {
  return workflows.flatMap((each) => [each.name, ...each.children.map((child) => child.name)]);
}

/** Names of child workflows that a file only names: another file holds them. */
export function listNamedChildren(description: ModuleDescription): string[] {
  const held = new Set(listHeldWorkflows(description));
  const all = description.workflows.flatMap((each) => [each, ...each.children]);
  const named = all.flatMap(({ specJson }) => {
    const spec: WorkflowSpec = JSON.parse(specJson);
    return spec.tasks.flatMap((task) => task.child ?? []);
  });
  return [...new Set(named)].filter((name) => !held.has(name));
}
