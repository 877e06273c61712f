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
    if (outcome.kind === "command") {
      const ended = await commands.execute(assignment, outcome.plan, signal);
      return outcome.checked ? await checkOutput(programs, assignment, ended) : ended;
    }
    if (outcome.kind === "namedChild") return await programs.prepareChild(outcome.name, outcome.inputJson);
    if (outcome.kind === "request") return await requests.execute(assignment, outcome.plan, signal);
    return outcome;
  };
  return {
    execute: (assignment, signal) =>
      isPlanned(assignment)
        ? executePlan(assignment, signal)
        : (programs.execute(assignment, signal) as Promise<Outcome>), // only these kinds have plans, or children
    close: async () => {
      await Promise.all([programs.close(), commands.close(), requests.close()]);
    },
  };
}

/** The schema is a part of the program: it is where that is. */
async function checkOutput(programs: ProgramHost, assignment: Assignment, ended: Outcome): Promise<Outcome> {
  if (ended.kind !== "succeeded") return ended;
  const { definitionHash, run, taskIndex, spec } = assignment;
  const answer = await programs.parseOutput({ definitionHash, run, taskIndex, spec, json: ended.output ?? "null" });
  if (answer.ok) return { ...ended, output: answer.json };
  return { ...ended, kind: "failed", status: "failed", error: answer.error, retryable: true };
}

function isPlanned({ spec }: Assignment): boolean {
  return spec.kind === "command" || spec.kind === "http" || spec.kind === "child";
}
