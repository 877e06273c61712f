import { availableParallelism } from "node:os";
import { isAbsolute, relative } from "node:path";
import type { LoadedCode } from "../core/decision-hash.ts";
import { type ErrorValue, InvalidInputError, LockstepError, NotFoundError } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import { newUid } from "../platform/uid.ts";
import type { ModuleDescription } from "../runners/describe-module.ts";
import type { Runner } from "../runners/runner.ts";
import type { LoadErrorValue } from "../runners/worker-protocol.ts";
import { createWorkerRunner } from "../runners/worker-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { readConfigSource } from "./config-source.ts";

/** Where the workflows of a command are loaded and run: in worker processes. This process only sees their specs. */
export interface WorkflowHost {
  /**
   * What is in a file. Throws what is wrong with it, with its place.
   * @param exportName undefined: the only or the default workflow; null: all of them are wanted
   */
  describe(file: string, exportName: string | null | undefined): Promise<ModuleDescription>;
  /** Says that the tasks of an older definition run the code that a file has now. */
  bind(definitionHash: string, description: ModuleDescription): void;
  /** Checks and completes an input. @throws {InvalidInputError} */
  parseInput(definitionHash: string, inputJson: string): Promise<string>;
  /** The code of a workflow as it was described last: what a decision starts is bound to it. */
  findCode(workflow: string): LoadedCode | undefined;
  readonly runner: Runner;
  /** Its processes carry it as LOCKSTEP_ENGINE; the engine's lock has it as its name. */
  readonly engineUid: string;
  /** Ends it and waits for what runs. Twice does no harm. */
  close(): Promise<void>;
  /** From now on `close` waits for nothing: this process is about to end. */
  abandon(): void;
}

/** @param config null: none, whatever lies in the folder; left out: the nearest */
export function createWorkflowHost(
  { clock, cwd }: CommandContext,
  config: ConfigSource | null = readConfigSource(cwd) ?? null,
): WorkflowHost {
  const engineUid = newUid();
  const { host, runner } = createWorkerRunner({
    clock,
    cores: availableParallelism(),
    engineUid,
    config: config ?? undefined,
  });
  let isAbandoned = false;
  const codes = new Map<string, LoadedCode>();
  return {
    findCode: (workflow) => codes.get(workflow),
    runner,
    engineUid,
    async describe(file, exportName) {
      const result = await host.describeModule(file, exportName);
      if (!result.ok) throw toLoadError(result.error, cwd);
      keepCodes(codes, result.description);
      return result.description;
    },
    bind(definitionHash, { file, codeHash, exportName }) {
      host.bindDefinition(definitionHash, { file, codeHash, ...(exportName === undefined ? {} : { exportName }) });
    },
    async parseInput(definitionHash, inputJson) {
      const answer = await host.parseInput(definitionHash, inputJson);
      if (!answer.ok) throw toInputError(answer.error);
      return answer.json ?? "null";
    },
    async close() {
      if (!isAbandoned) await runner.close();
    },
    abandon() {
      isAbandoned = true;
    },
  };
}

function keepCodes(codes: Map<string, LoadedCode>, { codeHash, workflows, ...main }: ModuleDescription): void {
  for (const each of [main, ...workflows].flatMap((workflow) => [workflow, ...workflow.children])) {
    const own = "codeHash" in each ? each.codeHash : undefined;
    codes.set(each.name, { codeHash: own ?? codeHash, spec: JSON.parse(each.specJson) as WorkflowSpec });
  }
}

/** What a worker said of a file, as the error that it was there. */
function toLoadError(value: LoadErrorValue, cwd: string): LockstepError {
  const { code = "load_failed", message, hint, exitCode, place } = value;
  const shown = place === undefined ? {} : { place: { ...place, file: showFile(place.file, cwd) } };
  const options = { exitCode, ...shown, ...(hint === undefined ? {} : { hint }) };
  return value.name === "NotFoundError"
    ? new NotFoundError(message, options)
    : new LockstepError(code, message, options);
}

function showFile(file: string, cwd: string): string {
  const fromHere = relative(cwd, file);
  return isAbsolute(file) && !fromHere.startsWith("..") ? fromHere : file;
}

function toInputError({ name, code, message }: ErrorValue): LockstepError {
  if (code === "invalid_input") return new InvalidInputError(message);
  return new LockstepError(code ?? "input_unchecked", `The input could not be checked: ${name}: ${message}`);
}
