import { hashText } from "../core/canonical-json.ts";
import type { CommandPlan, RequestPlan } from "../definition/program.ts";
import { type QuestionSource, resolveInput } from "./prepare-question.ts";
import type { Assignment } from "./runner.ts";

/** What a task is given once its checkpoint was approved: what was seen, or what it was edited to, and nothing else. */

/** False where the task would now be given something else than what was approved. */
export async function isAsSeen(
  source: QuestionSource,
  list: readonly unknown[] | undefined,
  { approval }: Assignment,
): Promise<boolean> {
  const seen = approval?.seenInputHash ?? null;
  if (seen === null) return true;
  const resolved = await resolveInput(source, list);
  return resolved !== null && hashText(resolved) === seen;
}

/** The items of a map: edited, picked, or as they are. */
export function pickItems(list: readonly unknown[], { approval }: Assignment): readonly unknown[] {
  if (approval === undefined) return list;
  const edited: unknown = approval.editedJson === null ? list : JSON.parse(approval.editedJson);
  const items = Array.isArray(edited) ? edited : list;
  const { only } = approval;
  return only === null ? items : items.filter((_, place) => only.includes(place));
}

/** An instance that was asked for by itself: its item may have been edited. */
export function editItem(assignment: Assignment): Assignment {
  const { approval, spec, index } = assignment;
  const isOwnInput = spec.kind === "function" || spec.kind === "confirm";
  if (approval == null || approval.editedJson === null || index === null || !isOwnInput) return assignment;
  return { ...assignment, itemJson: approval.editedJson };
}

/** A command or a request with the parts that were edited. */
export function editPlan<Plan extends CommandPlan | RequestPlan>(plan: Plan, { approval }: Assignment): Plan {
  if (approval == null || approval.editedJson === null) return plan;
  return { ...plan, ...(JSON.parse(approval.editedJson) as Partial<Plan>) };
}

export function editChildInput(inputJson: string, { approval }: Assignment): string {
  return approval?.editedJson ?? inputJson;
}
