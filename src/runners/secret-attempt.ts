import type { SecretMasker } from "../core/secret-masker.ts";
import { concealJson } from "../core/secret-reference.ts";
import type { WorkflowProgram } from "../definition/program.ts";
import { createFailure } from "./failed-outcome.ts";
import { checkSecretsGiven, getMasker, revealAssignment } from "./given-secrets.ts";
import type { LogFile } from "./log-file.ts";
import type { ProgramOutcome } from "./program-host.ts";
import type { Assignment } from "./runner.ts";
import { checkChildInput } from "./secret-places.ts";

interface SecretAttempt {
  readonly program: WorkflowProgram;
  readonly assignment: Assignment;
  readonly log: LogFile;
}

/**
 * Runs a step of a workflow that declares secrets: its functions get values, and what comes of them has references
 * again. The plans of commands and requests keep the values: they go to where they are executed, and no further.
 */
export function runWithSecrets<A extends SecretAttempt>(
  attempt: A,
  start: (attempt: A) => ProgramOutcome | Promise<ProgramOutcome>,
): ProgramOutcome | Promise<ProgramOutcome> {
  const { program, assignment, log } = attempt;
  const { secrets } = assignment;
  const masker = getMasker(secrets?.values ?? {});
  const conceal = (outcome: ProgramOutcome): ProgramOutcome => {
    try {
      return concealOutcome(outcome, assignment, masker);
    } catch (error) {
      return createFailure(error, {}, masker.mask);
    }
  };
  try {
    checkSecretsGiven(program.spec, secrets);
    if (assignment.spec.kind === "function") {
      for (const note of secrets?.notes ?? []) log.write("e", `lockstep: ${note}\n`);
    }
    const revealed = secrets === undefined ? assignment : revealAssignment(assignment, secrets);
    const outcome = start({ ...attempt, assignment: revealed });
    return outcome instanceof Promise ? outcome.then(conceal) : conceal(outcome);
  } catch (error) {
    return createFailure(error, log.close(), masker.mask);
  }
}

/** Errors were masked where they were caught, and questions where they were prepared: decisions are bound to those. */
function concealOutcome(outcome: ProgramOutcome, { spec }: Assignment, masker: SecretMasker): ProgramOutcome {
  switch (outcome.kind) {
    case "succeeded":
      return outcome.output === null ? outcome : { ...outcome, output: concealJson(outcome.output, masker) };
    case "expanded":
      return {
        ...outcome,
        items: outcome.items.map((item) => concealJson(item, masker)),
        labels: outcome.labels?.map(masker.mask) ?? null,
      };
    case "child":
    case "namedChild":
      checkChildInput(spec.id, outcome.inputJson, masker);
      return outcome;
    default:
      return outcome;
  }
}
