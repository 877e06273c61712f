import { InvalidInputError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import { loadWorkflowModule, type ModuleDescription } from "../runners/describe-module.ts";
import { createInProcessRunner } from "../runners/in-process-runner.ts";
import type { Runner } from "../runners/runner.ts";

/** Where the workflows of a command are loaded and run. This process only sees their specs. */
export interface WorkflowHost {
  /** What is in a file. Throws what is wrong with it, with its place. */
  describe(file: string, exportName: string | null | undefined): Promise<ModuleDescription>;
  /** Checks and completes an input. @throws {InvalidInputError} */
  parseInput(definitionHash: string, inputJson: string): Promise<string>;
  readonly runner: Runner;
  /** Ends it and waits for what runs. Twice does no harm. */
  close(): Promise<void>;
  /** From now on `close` waits for nothing: this process is about to end. */
  abandon(): void;
}

export function createWorkflowHost(clock: Clock): WorkflowHost {
  const programs = new Map<string, WorkflowProgram>();
  const findProgram = (hash: string, name: string) =>
    programs.get(hash) ?? [...programs.values()].find((program) => program.spec.name === name);
  const runner = createInProcessRunner({ clock, findProgram });
  let isAbandoned = false;
  return {
    async describe(file, exportName) {
      const loaded = await loadWorkflowModule(file, exportName);
      for (const [hash, program] of loaded.programs) programs.set(hash, program);
      return loaded.description;
    },
    async parseInput(definitionHash, inputJson) {
      const program = programs.get(definitionHash);
      if (program === undefined) throw new InvalidInputError("the workflow was not loaded");
      return JSON.stringify(await program.parseInput(JSON.parse(inputJson))) ?? "null";
    },
    runner,
    close: async () => {
      if (!isAbandoned) await runner.close();
    },
    abandon() {
      isAbandoned = true;
    },
  };
}
