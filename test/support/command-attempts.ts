import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskSpec } from "../../src/core/workflow-spec.ts";
import type { CommandPlan } from "../../src/definition/program.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import type { Assignment, Outcome } from "../../src/runners/runner.ts";
import { createAssignment, createProgram, NEVER } from "./assignments.ts";

export type PlanOfTest = Partial<CommandPlan> & Pick<CommandPlan, "command">;

export const exec = (...argv: readonly string[]): CommandPlan["command"] => ({ kind: "exec", argv });
export const bash = (script: string, ...args: readonly string[]): CommandPlan["command"] => ({
  kind: "shell",
  shell: "bash",
  script,
  args,
});

/** Runs one command as a task of its own, with a log. */
export function createCommands() {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-commands-"));
  const plans = new Map<string, PlanOfTest>();
  const runner = createInProcessRunner({
    clock: systemClock,
    findProgram: (hash) => {
      const plan = plans.get(hash);
      return plan && createProgram({ command: () => ({ output: "text", ...plan }) }, { kind: "command" });
    },
  });
  let count = 0;
  const assign = (plan: PlanOfTest, spec: Partial<TaskSpec> = {}, change: Partial<Assignment> = {}): Assignment => {
    count += 1;
    plans.set(`plan${count}`, plan);
    const workflow = createProgram({}, { kind: "command", ...spec }).spec;
    const logPath = join(folder, `${count}.log`);
    return createAssignment(workflow, { definitionHash: `plan${count}`, cwd: folder, logPath, ...change });
  };
  return {
    folder,
    runner,
    assign,
    run: (plan: PlanOfTest, spec: Partial<TaskSpec> = {}, change: Partial<Assignment> = {}, signal = NEVER) =>
      runner.execute(assign(plan, spec, change), signal),
    readLog: () => readFileSync(join(folder, `${count}.log`), "utf8").replaceAll(/^\d+ /gm, ""),
    async close() {
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function getOutput(outcome: Outcome): unknown {
  if (outcome.kind !== "succeeded") throw new Error(`expected a success, found ${JSON.stringify(outcome)}`);
  return outcome.output === null ? undefined : JSON.parse(outcome.output);
}

export function getMessage(outcome: Outcome): string {
  if (outcome.kind !== "failed") throw new Error(`expected a failure, found ${JSON.stringify(outcome)}`);
  return outcome.error.message;
}
