import type { CheckpointDetail } from "./show-checkpoint.ts";
import { parseShown, type ShownParts } from "./show-checkpoint.ts";

/** What is different from the last time that it was approved, without its beginning: `2 items then, 12 now (+10); …`. */
export function describeSinceLast({ last, ...detail }: CheckpointDetail): string | undefined {
  if (last === null) return undefined;
  const same = [...(last.isSameDefinition ? ["definition"] : []), ...(last.isSameInput ? ["input"] : [])];
  const other = [...(last.isSameDefinition ? [] : ["definition"]), ...(last.isSameInput ? [] : ["input"])];
  const rest = [
    ...(same.length === 0 ? [] : [`${same.join(" and ")} ${same.length === 1 ? "is" : "are"} the same`]),
    ...(other.length === 0 ? [] : [`${other.join(" and ")} changed`]),
  ].join("; ");
  return `${describeDifference(parseShown(last.shownJson), detail)}; ${rest}`;
}

/** `2 items then, 12 now (+10)` */
export function describeDifference(then: ShownParts, now: ShownParts): string {
  for (const part of ["resolvedJson", "showJson"] as const) {
    const [before, after] = [countItems(then[part]), countItems(now[part])];
    if (before === undefined || after === undefined || before === after) continue;
    return `${before} items then, ${after} now (${after > before ? "+" : ""}${after - before})`;
  }
  const isSame = then.showJson === now.showJson && then.resolvedJson === now.resolvedJson;
  return isSame ? "the same is shown" : "what is shown is another";
}

function countItems(json: string | null): number | undefined {
  const value: unknown = json === null ? undefined : JSON.parse(json);
  return Array.isArray(value) ? value.length : undefined;
}
