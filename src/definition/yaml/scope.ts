import type { DecideContext } from "../program.ts";
import type { ExpressionScope } from "./expression-evaluator.ts";

/**
 * The names of `${{ }}` for one attempt. Large values are parsed when they are first looked at, so nothing is read here
 * before an expression asks for it.
 */
export function createScope(context: DecideContext, readEnv: () => Readonly<Record<string, string>>): ExpressionScope {
  let env: Readonly<Record<string, string>> | undefined;
  return {
    get input() {
      return context.input;
    },
    get needs() {
      return context.needs;
    },
    get item() {
      return context.item ?? null;
    },
    index: context.index ?? null,
    get run() {
      return createRunFacts(context);
    },
    secrets: context.secrets,
    get env() {
      env ??= readEnv();
      return env;
    },
  };
}

function createRunFacts(context: DecideContext): Record<string, unknown> {
  const { run, attempt, idempotencyKey, scheduledAt, feedback, answers } = context;
  return {
    ...run,
    attempt,
    key: idempotencyKey,
    scheduledAt,
    feedback: feedback ?? null,
    answers: answers ?? null,
  };
}
