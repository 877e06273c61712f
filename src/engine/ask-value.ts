import type { Actor } from "../core/decision.ts";
import type { JsonSchema } from "../core/workflow-spec.ts";

/** What the row of a program's question keeps beside its text and risk. */
export interface AskValue {
  readonly show?: unknown;
  readonly fields?: JsonSchema;
  /** Who asked. */
  readonly by?: Pick<Actor, "kind" | "name">;
}

export function parseAsk(json: string | null): AskValue {
  return json === null ? {} : (JSON.parse(json) as AskValue);
}
