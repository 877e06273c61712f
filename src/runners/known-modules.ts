import type { ChildWorkflow } from "../core/outcome.ts";
import type { ModuleDescription, WorkflowModule } from "./describe-module.ts";

/** Where the programs of definitions are: what loading files has told of them. */
export class KnownModules {
  readonly #byHash = new Map<string, WorkflowModule>();
  /** Workflows of files, for child tasks that name one. */
  readonly #byName = new Map<string, ChildWorkflow>();
  readonly #codeHashes = new Map<string, string>();

  /** Returns true where the code of the file is another than before. */
  learn({ file, codeHash, workflows }: ModuleDescription): boolean {
    const before = this.#codeHashes.get(file);
    this.#codeHashes.set(file, codeHash);
    for (const { name, specJson, definitionHash, exportName, children } of workflows) {
      const module = { file, codeHash, ...(exportName === undefined ? {} : { exportName }) };
      this.#byName.set(name, { name, specJson, definitionHash, ...module });
      for (const hash of [definitionHash, ...children.map((child) => child.definitionHash)]) this.bind(hash, module);
    }
    return before !== undefined && before !== codeHash;
  }

  bind(definitionHash: string, module: WorkflowModule): void {
    this.#byHash.set(definitionHash, module);
  }

  find(definitionHash: string): WorkflowModule | undefined {
    return this.#byHash.get(definitionHash);
  }

  findByName(name: string): ChildWorkflow | undefined {
    return this.#byName.get(name);
  }
}
