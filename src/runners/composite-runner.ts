import type { Clock } from "../core/ports.ts";
import { CommandRunner } from "./command-runner.ts";
import { HttpRunner } from "./http-runner.ts";
import type { ProgramHost } from "./program-host.ts";
import type { Assignment, Outcome, Runner } from "./runner.ts";

export interface CompositeRunnerOptions {
  readonly programs: ProgramHost;
  readonly clock: Clock;
}

/** Functions end where their program is; the plans of commands and requests come back and are executed here. */
export function createCompositeRunner({ programs, clock }: CompositeRunnerOptions): Runner {
  const commands = new CommandRunner(clock);
  const requests = new HttpRunner(clock);
  const executePlan = async (assignment: Assignment, signal: AbortSignal): Promise<Outcome> => {
    const outcome = await programs.execute(assignment, signal);
    if (outcome.kind === "command") return await commands.execute(assignment, outcome.plan, signal);
    if (outcome.kind === "request") return await requests.execute(assignment, outcome.plan, signal);
    return outcome;
  };
  return {
    execute: (assignment, signal) =>
      isPlanned(assignment)
        ? executePlan(assignment, signal)
        : (programs.execute(assignment, signal) as Promise<Outcome>), // only those two kinds have plans
    close: async () => {
      await Promise.all([programs.close(), commands.close(), requests.close()]);
    },
  };
}

function isPlanned({ spec }: Assignment): boolean {
  return spec.kind === "command" || spec.kind === "http";
}
