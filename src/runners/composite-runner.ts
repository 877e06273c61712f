import type { Clock } from "../core/ports.ts";
import { createFailure } from "./failed-outcome.ts";
import type { ProgramHost, ProgramOutcome } from "./program-host.ts";
import type { Assignment, Outcome, Runner } from "./runner.ts";

export interface CompositeRunnerOptions {
  readonly programs: ProgramHost;
  readonly clock: Clock;
}

/** Functions end where their program is; the plans of commands and requests come back and are executed here. */
export function createCompositeRunner({ programs }: CompositeRunnerOptions): Runner {
  return {
    execute: (assignment, signal) => {
      const outcome = programs.execute(assignment, signal);
      return isPlanned(assignment) ? outcome.then((planned) => executePlan(planned)) : (outcome as Promise<Outcome>);
    },
    close: () => programs.close(),
  };
}

function isPlanned({ spec }: Assignment): boolean {
  return spec.kind === "command" || spec.kind === "http";
}

async function executePlan(outcome: ProgramOutcome): Promise<Outcome> {
  if (outcome.kind === "command" || outcome.kind === "request") return createFailure(new Error("not yet"));
  return outcome;
}
