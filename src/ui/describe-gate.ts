import { formatDuration } from "../core/duration-format.ts";
import { describeSinceLast } from "../views/describe-difference.ts";
import type { CheckpointDetail } from "../views/show-checkpoint.ts";
import { formatMoment } from "./format-time.ts";
import { listItems } from "./shown-text.ts";

/** Names that are listed before the rest is only counted. */
const NAMED_MAX = 4;

/** `dump 41s, try 2 of 3 · verify 6s · old 0.1s` */
export function describeHappened({ happened }: CheckpointDetail): string {
  if (happened.length === 0) return "nothing before it";
  const parts = happened.slice(-8).map((task) => {
    const took = task.durationMs === null ? task.status : formatDuration(task.durationMs);
    const tries = task.attempt > 1 ? `, try ${task.attempt} of ${Math.max(task.attempt, task.attemptsMax)}` : "";
    return `${task.id} ${task.status === "succeeded" ? took : task.status}${tries}`;
  });
  const more = happened.length - parts.length;
  return `${more > 0 ? `${more} more · ` : ""}${parts.join(" · ")}`;
}

/** `db=app` where it is that simple. */
export function describeInput({ inputJson }: CheckpointDetail): string {
  const value: unknown = inputJson === null ? null : JSON.parse(inputJson);
  if (typeof value !== "object" || value === null) return inputJson === null ? "" : `input ${inputJson}`;
  const parts = Object.entries(value).map(
    ([name, each]) => `${name}=${typeof each === "string" ? each : JSON.stringify(each)}`,
  );
  return parts.length === 0 ? "" : `input ${parts.join(" ")}`;
}

/** What an approval does: the command, the request, or the tasks that start. */
export function describeApprove(detail: CheckpointDetail, picked: readonly number[] | undefined): string {
  const { view, consequences, map } = detail;
  if (view.kind === "ask") return "tells the program that asks: approved";
  const [task] = consequences.starts;
  const items = listItems(detail);
  if (map !== null && view.kind === "task") {
    const count = picked?.length ?? items?.length;
    const times = count === undefined ? "once for each item" : `${count} times`;
    const atOnce = map.maxConcurrent === undefined ? "" : `, ${map.maxConcurrent} at once`;
    return `starts ${task}, ${times}${atOnce}${picked === undefined ? "" : ` (of ${items?.length ?? "?"}, as picked)`}`;
  }
  const act = describeAct(detail.resolvedJson);
  if (act !== undefined) return act;
  if (view.index !== null) return `starts ${view.task}[${view.index}]`;
  return consequences.starts.length === 0 ? "goes on" : `starts ${listNames(consequences.starts)}`;
}

interface Resolved {
  readonly command?: { readonly kind: string; readonly argv?: readonly string[]; readonly script?: string };
  readonly url?: string;
  readonly method?: string;
}

function describeAct(resolvedJson: string | null): string | undefined {
  const value: unknown = resolvedJson === null ? null : JSON.parse(resolvedJson);
  if (typeof value !== "object" || value === null) return undefined;
  const { command, url, method } = value as Resolved;
  if (command?.argv !== undefined) return `runs  ${command.argv.join(" ")}`;
  if (command?.script !== undefined) return `runs  ${command.script.trim()}`;
  return url === undefined ? undefined : `sends  ${method ?? "GET"} ${url}`;
}

export function describeReject({ view, consequences }: CheckpointDetail): string {
  if (view.kind === "ask") return "tells the program that asks: rejected";
  if (view.kind === "layer") {
    const never = consequences.skips.length === 1 ? "never starts" : "never start";
    return `ends the run as canceled; ${listNames(consequences.skips)} ${never}`;
  }
  if (view.index !== null) return `skips ${view.task}[${view.index}]; the other items are asked for one by one`;
  const [own, ...others] = consequences.skips;
  const rest = others.length === 0 ? "nothing else needs it" : `and with it ${listNames(others)}`;
  return `skips ${own ?? "it"}; ${rest}`;
}

export function describeWait({ view }: CheckpointDetail, now: number): string {
  if (view.expiresAt === null) return "for as long as it takes: nothing happens by itself";
  const when = formatMoment(view.expiresAt, now);
  if (view.onTimeout === "hold") return `is overdue from ${when}, and goes on waiting`;
  return `is ${view.onTimeout === "approve" ? "approved" : "rejected"} ${when} by onTimeout`;
}

/** `rejects in 19h 12m`, for the header. */
export function describeDeadline({ view }: CheckpointDetail, now: number): string {
  if (view.expiresAt === null) return "holds";
  const left = formatDuration(view.expiresAt - now);
  if (view.expiresAt <= now) return view.onTimeout === "hold" ? "overdue" : `${view.onTimeout}s now`;
  return view.onTimeout === "hold" ? `due in ${left}` : `${view.onTimeout}s in ${left}`;
}

/** What is different from the last time that it was approved; undefined: it never was. */
export function describeLast(detail: CheckpointDetail, now: number): readonly [string, string] | undefined {
  const { last } = detail;
  if (last === null) return undefined;
  return [`since ${last.by} approved ${last.id} ${formatMoment(last.at, now)}`, describeSinceLast(detail) ?? ""];
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  const shown = names.slice(0, NAMED_MAX).join(", ");
  return names.length <= NAMED_MAX ? shown : `${shown} and ${names.length - NAMED_MAX} more`;
}
