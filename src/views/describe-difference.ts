import type { SeenOutput } from "./map-output.ts";
import { type CheckpointDetail, parseShown } from "./show-checkpoint.ts";

/** All that stands on a screen of what is decided on, at one time. */
interface Seen {
  readonly message: string;
  readonly showJson: string | null;
  readonly resolvedJson: string | null;
  /** What the tasks before it gave, by their ids; what is missing is not known any more. */
  readonly outputs: ReadonlyMap<string, SeenOutput>;
}

/** What is different from the last time that it was approved, without its beginning: `2 items then, 12 now (+10); …`. */
export function describeSinceLast({ last, ...detail }: CheckpointDetail): string | undefined {
  if (last === null) return undefined;
  const same = [...(last.isSameDefinition ? ["definition"] : []), ...(last.isSameInput ? ["input"] : [])];
  const other = [...(last.isSameDefinition ? [] : ["definition"]), ...(last.isSameInput ? [] : ["input"])];
  const rest = [
    ...(same.length === 0 ? [] : [`${same.join(" and ")} ${same.length === 1 ? "is" : "are"} the same`]),
    ...(other.length === 0 ? [] : [`${other.join(" and ")} changed`]),
  ].join("; ");
  const then = { ...parseShown(last.shownJson), message: last.message, outputs: last.outputs };
  return `${compareSeen(then, toSeen(detail))}; ${rest}`;
}

/** `2 items then, 12 now (+10)` */
export function describeDifference(then: CheckpointDetail, now: CheckpointDetail): string {
  return compareSeen(toSeen(then), toSeen(now));
}

type Detail = Pick<CheckpointDetail, "view" | "showJson" | "resolvedJson" | "happened">;

function toSeen({ view, showJson, resolvedJson, happened }: Detail): Seen {
  const outputs = new Map(happened.map((task) => [task.id, task]));
  return { message: view.message, showJson, resolvedJson, outputs };
}

/** Names that are listed before the rest is left out. */
const NAMED_MAX = 3;

function compareSeen(then: Seen, now: Seen): string {
  for (const part of ["resolvedJson", "showJson"] as const) {
    const [before, after] = [countItems(then[part]), countItems(now[part])];
    if (before === undefined || after === undefined || before === after) continue;
    return `${before} items then, ${after} now (${after > before ? "+" : ""}${after - before})`;
  }
  if (then.showJson !== now.showJson || then.resolvedJson !== now.resolvedJson) return "what is shown is another";
  const others = [...now.outputs].filter(([id, output]) => !isSame(then.outputs.get(id), output)).map(([id]) => id);
  if (others.length > 0) {
    return `what ${others.slice(0, NAMED_MAX).join(", ")}${others.length > NAMED_MAX ? " …" : ""} gave is another`;
  }
  return then.message === now.message ? "the same is shown" : "the question is another, the same is shown";
}

function isSame(then: SeenOutput | undefined, now: SeenOutput): boolean {
  return then?.outputJson === now.outputJson && then.items?.count === now.items?.count;
}

function countItems(json: string | null): number | undefined {
  const value: unknown = json === null ? undefined : JSON.parse(json);
  return Array.isArray(value) ? value.length : undefined;
}
