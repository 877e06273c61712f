import { RISKS } from "../core/checkpoint-status.ts";
import type { Actor } from "../core/decision.ts";
import { ConflictError } from "../core/errors.ts";
import { parseAsk } from "./ask-value.ts";
import type { DecidedGate } from "./check-decision.ts";

/**
 * What an agent may not decide: its own question, and what is above its risk: the checkpoint's `maxRisk`, else `low`.
 * @throws {ConflictError} Nothing was done then.
 */
export function refuseAgent({ rows, row, name, task }: DecidedGate, by: Actor): void {
  if (by.kind !== "agent") return;
  const max = task?.checkpoint?.maxRisk ?? "low";
  if (RISKS.indexOf(row.risk) > RISKS.indexOf(max)) {
    throw new ConflictError(
      `${name} has a ${row.risk} risk; an agent may decide up to ${max}. A person has to decide it. Nothing was done.`,
    );
  }
  if (row.kind !== "ask" || row.shownId === null) return;
  const asker = parseAsk(rows.values.get(row.shownId)).by;
  if (asker?.kind === "agent" && asker.name === by.name) {
    throw new ConflictError(`${name} was asked by ${by.name}: nobody decides a question of its own. Nothing was done.`);
  }
}
