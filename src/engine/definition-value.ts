import { hashText, toCanonicalJson } from "../core/canonical-json.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";

/** A workflow as the engine knows it: never its functions. `hash` is of the canonical JSON of its spec. */
export interface DefinitionValue {
  readonly hash: string;
  readonly specJson: string;
  readonly spec: WorkflowSpec;
}

export function createDefinitionValue(spec: WorkflowSpec): DefinitionValue {
  const specJson = toCanonicalJson(spec);
  return { hash: hashText(specJson), specJson, spec };
}
