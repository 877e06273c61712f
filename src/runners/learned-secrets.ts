import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { ModuleDescription } from "./describe-module.ts";
import type { SecretSources } from "./secret-vault.ts";

/**
 * Which secrets the workflows of files declare, as the workers described them last. A run whose definition is older has
 * the secrets that its workflow declares now, as it runs the code that there is now.
 */
export class LearnedSecrets {
  readonly #findFile: (definitionHash: string) => string | undefined;
  /** File and workflow, or a definition's hash → what it declares; those that declare nothing are left out. */
  readonly #declared = new Map<string, SecretSources>();

  /** @param findFile where the program of a definition is */
  constructor(findFile: (definitionHash: string) => string | undefined) {
    this.#findFile = findFile;
  }

  learn({ file, workflows }: Pick<ModuleDescription, "file" | "workflows">): void {
    for (const { name, specJson, definitionHash } of workflows.flatMap((each) => [each, ...each.children])) {
      const secrets = readSecrets(specJson);
      for (const key of [definitionHash, toKey(file, name)]) {
        if (Object.keys(secrets).length === 0) this.#declared.delete(key);
        else this.#declared.set(key, secrets);
      }
    }
  }

  find(definitionHash: string, workflow: string): SecretSources | undefined {
    if (this.#declared.size === 0) return undefined;
    const file = this.#findFile(definitionHash);
    const now = file === undefined ? undefined : this.#declared.get(toKey(file, workflow));
    return now ?? this.#declared.get(definitionHash);
  }
}

/** A workflow may have 100,000 tasks: one without secrets is not parsed for them. */
function readSecrets(specJson: string): SecretSources {
  return specJson.includes('"secrets":') ? ((JSON.parse(specJson) as WorkflowSpec).secrets ?? {}) : {};
}

function toKey(file: string, workflow: string): string {
  return `${workflow} ${file}`;
}
