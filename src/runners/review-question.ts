import { hashValue } from "../core/canonical-json.ts";
import { RISKS } from "../core/checkpoint-status.ts";
import { LockstepError, toErrorValue } from "../core/errors.ts";
import { REVIEW_MS_MAX } from "../core/limits.ts";
import type { AgentVerdict, PreparedQuestion } from "../core/outcome.ts";
import type { Clock } from "../core/ports.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import type { CheckpointProgram, ReviewedCheckpoint } from "../definition/program.ts";
import type { Assignment } from "./runner.ts";

/**
 * Asks the checkpoint's own `review` before people are asked. Undefined where there is none, or the risk is above what it
 * may decide. Never rejects: if it throws, takes too long, or says what is not a verdict, people are asked.
 */
export async function reviewQuestion(
  assignment: Assignment,
  program: CheckpointProgram | undefined,
  question: PreparedQuestion,
  { clock, masker }: { readonly clock: Clock; readonly masker: SecretMasker | undefined },
): Promise<AgentVerdict | undefined> {
  const review = program?.review;
  const maxRisk = assignment.spec.checkpoint?.maxRisk ?? "low";
  if (review === undefined || RISKS.indexOf(question.risk) > RISKS.indexOf(maxRisk)) return undefined;
  try {
    const verdict = checkVerdict(await endWithin(clock, async () => review(createReviewed(assignment, question))));
    return masker === undefined || verdict.comment === null
      ? verdict
      : { ...verdict, comment: masker.mask(verdict.comment) };
  } catch (error) {
    return { decision: "pass", comment: null, failure: toErrorValue(error, masker?.mask).message };
  }
}

function createReviewed({ run, spec }: Assignment, question: PreparedQuestion): ReviewedCheckpoint {
  const { message, risk, showJson } = question;
  return {
    ...{ run: run.id, workflow: run.workflow, task: spec.id, message, risk },
    show: showJson === null ? null : JSON.parse(showJson),
    hash: hashValue(question),
  };
}

/** Only the literal words decide. */
function checkVerdict(verdict: unknown): AgentVerdict {
  const isObject = typeof verdict === "object" && verdict !== null && "decision" in verdict;
  const decision = isObject ? verdict.decision : undefined;
  const comment = isObject && "comment" in verdict && typeof verdict.comment === "string" ? verdict.comment : null;
  if (decision === "approve" || decision === "reject" || decision === "pass") return { decision, comment };
  throw new LockstepError("not_a_verdict", `review: expected a decision of approve, reject or pass`);
}

async function endWithin<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.schedule(REVIEW_MS_MAX, () =>
    reject(new LockstepError("review_timeout", `review: gave no verdict within ${REVIEW_MS_MAX / 60_000} minutes`)),
  );
  try {
    return await Promise.race([work(), promise]);
  } finally {
    cancel();
  }
}
