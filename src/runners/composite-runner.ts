import { maskErrorValue } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { concealJson } from "../core/secret-reference.ts";
import { CommandRunner } from "./command-runner.ts";
import { getMasker } from "./given-secrets.ts";
import { HttpRunner } from "./http-runner.ts";
import type { ProgramHost } from "./program-host.ts";
import { Reaper } from "./reaper.ts";
import type { Assignment, GivenSecrets, Outcome, Runner } from "./runner.ts";
import { type SecretSources, SecretVault } from "./secret-vault.ts";

export interface CompositeRunnerOptions {
  readonly programs: ProgramHost;
  readonly clock: Clock;
}

/**
 * Functions end where their program is; the plans of commands and requests come back and are executed here. Here, too,
 * secrets are looked up, and what commands and servers said is masked before it goes on.
 */
export function createCompositeRunner({ programs, clock }: CompositeRunnerOptions): Runner {
  const reaper = new Reaper();
  const commands = new CommandRunner(clock, reaper);
  const requests = new HttpRunner(clock);
  const vault = new SecretVault(clock, reaper);
  const executePlan = async (assignment: Assignment, signal: AbortSignal): Promise<Outcome> => {
    const outcome = await programs.execute(assignment, signal);
    if (outcome.kind === "command") {
      const ended = await commands.execute(assignment, outcome.plan, signal);
      return concealEnd(assignment, outcome.checked ? await checkOutput(programs, assignment, ended) : ended);
    }
    if (outcome.kind === "request") {
      return concealEnd(assignment, await requests.execute(assignment, outcome.plan, signal));
    }
    if (outcome.kind === "namedChild") return await programs.prepareChild(outcome.name, outcome.inputJson);
    return outcome;
  };
  const execute = (assignment: Assignment, signal: AbortSignal): Promise<Outcome> =>
    isPlanned(assignment)
      ? executePlan(assignment, signal)
      : (programs.execute(assignment, signal) as Promise<Outcome>); // only these kinds have plans, or children
  const executeWithSecrets = async (assignment: Assignment, sources: SecretSources, signal: AbortSignal) => {
    const secrets = await untilAbort(vault.resolve(sources, assignment), signal);
    return maskEnd({ ...assignment, secrets }, await execute({ ...assignment, secrets }, signal));
  };
  return {
    execute(assignment, signal) {
      const sources = programs.findSecrets(assignment.definitionHash, assignment.run.workflow);
      return sources === undefined ? execute(assignment, signal) : executeWithSecrets(assignment, sources, signal);
    },
    close: async () => {
      await Promise.all([programs.close(), commands.close(), requests.close(), vault.close()]);
      await reaper.close();
    },
  };
}

const NO_SECRETS: GivenSecrets = { values: {}, missing: {}, notes: [] };

/** An attempt that is to end does not wait for a secret: it begins with none, and ends. */
async function untilAbort(given: Promise<GivenSecrets>, signal: AbortSignal): Promise<GivenSecrets> {
  if (signal.aborted) return NO_SECRETS;
  const { promise, resolve } = Promise.withResolvers<GivenSecrets>();
  const onAbort = (): void => resolve(NO_SECRETS);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([given, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What a command or a server said, with references in place of secrets. */
function concealEnd({ secrets }: Assignment, ended: Outcome): Outcome {
  if (secrets === undefined || ended.kind !== "succeeded" || ended.output === null) return ended;
  return { ...ended, output: concealJson(ended.output, getMasker(secrets.values)) };
}

/** Errors come from everywhere, the last words of a dead process among them. */
function maskEnd({ secrets }: Assignment, ended: Outcome): Outcome {
  if (secrets === undefined || ended.kind !== "failed") return ended;
  return { ...ended, error: maskErrorValue(ended.error, getMasker(secrets.values).mask) };
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
