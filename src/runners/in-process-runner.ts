import { createCompositeRunner } from "./composite-runner.ts";
import { ProgramRunner, type ProgramRunnerOptions } from "./program-runner.ts";
import type { Runner } from "./runner.ts";

/**
 * A runner for a program of one's own: functions run in the present process. They cannot be killed there: one that
 * ignores its signal is given up after its grace, and an endless loop stops everything.
 */
export function createInProcessRunner(options: InProcessRunnerOptions): Runner {
  return createCompositeRunner({ ...options, programs: new ProgramRunner(options) });
}

export type InProcessRunnerOptions = Omit<ProgramRunnerOptions, "enter">;
