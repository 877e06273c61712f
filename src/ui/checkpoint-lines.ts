import { formatAge } from "../core/duration-format.ts";
import type { CheckpointDetail } from "../views/show-checkpoint.ts";
import {
  describeApprove,
  describeHappened,
  describeInput,
  describeLast,
  describeReject,
  describeWait,
} from "./describe-gate.ts";
import { toRiskSpan } from "./inbox-lines.ts";
import { EMPTY_LINE, type Line, toLine, toSpan, toSplitLine, wrapText } from "./line.ts";

export interface CheckpointBody {
  readonly lines: readonly Line[];
  readonly pages: number;
}

export interface CheckpointShown {
  readonly detail: CheckpointDetail;
  readonly shown: readonly string[];
  readonly page: number;
  readonly picked: readonly number[] | undefined;
  /** What changed while one looked; undefined: nothing. */
  readonly change: string | undefined;
  readonly now: number;
}

const MESSAGE_ROWS_MAX = 4;

/** ` 412.1 nightly-backup › prune            HIGH   waits 48m   rejects in 19h 12m` */
export function toCheckpointHeader({ view }: CheckpointDetail, deadline: string, columns: number, now: number): Line {
  const place = view.task === null ? (view.layer === null ? "asks" : `layer ${view.layer}`) : view.task;
  const item = view.index === null ? "" : `[${view.index}]`;
  const left = [toSpan(` ${view.id} ${view.workflow ?? "a program"} › ${place}${item}`, "strong")];
  const open = `waits ${formatAge(now - view.createdAt)}   ${deadline}`;
  const right = `   ${view.status === "open" ? open : view.status.replace("_", " ")} `;
  const risk = toRiskSpan(view.risk, 4);
  const split = toSplitLine(left, `${risk.text}${right}`, columns);
  const { spans } = split;
  const last = spans.at(-1);
  if (last === undefined) return split;
  return { ...split, spans: [...spans.slice(0, -1), { ...risk }, toSpan(last.text.slice(risk.text.length))] };
}

/** What fits the body: above all what the decision does, then as much as fits of what is shown. */
export function layOutCheckpoint(given: CheckpointShown, columns: number, rows: number): CheckpointBody {
  const { detail, shown, now } = given;
  const rule = toLine(toSpan("─".repeat(columns), "dim"));
  const description = detail.description === null ? [] : [toLine(toSpan(` ${detail.description}`, "dim"))];
  const message = wrapText(detail.view.message, columns - 2, MESSAGE_ROWS_MAX).map((row) =>
    toLine(toSpan(` ${row}`, "strong")),
  );
  const happened = toSplitLine([head("HAPPENED"), describeHappened(detail)], `${describeInput(detail)} `, columns);
  const changed = describeChanged(given);
  const effects = [
    toLine(head("APPROVE"), describeApprove(detail, given.picked)),
    toLine(head("REJECT"), describeReject(detail)),
    toLine(head("WAIT"), describeWait(detail, now)),
  ];
  const fixed = message.length + description.length + 1 + 1 + 1 + changed.length + 1 + effects.length;
  const room = Math.max(1, rows - fixed);
  const pages = Math.max(1, Math.ceil(shown.length / room));
  const page = Math.min(given.page, pages - 1);
  const part = shown.slice(page * room, (page + 1) * room).map((text) => toLine("           ", text));
  const count =
    shown.length === 0
      ? "nothing"
      : `${shown.length} line${shown.length === 1 ? "" : "s"}, ${page + 1} of ${pages} page${pages === 1 ? "" : "s"}`;
  const title = toSplitLine([head("SHOWN"), count], "v: all of it ", columns);
  const filling = Array.from({ length: room - part.length }, () => EMPTY_LINE);
  return {
    lines: [...message, ...description, rule, happened, title, ...part, ...changed, ...filling, rule, ...effects],
    pages,
  };
}

function describeChanged({ detail, change, now }: CheckpointShown): Line[] {
  const last = describeLast(detail, now);
  return [
    ...(change === undefined ? [] : [toLine(head("CHANGED"), toSpan(`since you looked: ${change}`, "warning"))]),
    ...(last === undefined ? [] : [toLine(head("CHANGED"), last[0]), toLine("           ", last[1])]),
  ];
}

function head(word: string) {
  return toSpan(` ${word.padEnd(10)}`, "accent");
}

/** ` seen 7c1e09 · live: this screen is what you decide on` */
export function toSeenLine({ view }: CheckpointDetail): Line {
  return toLine(toSpan(` seen ${view.hash.slice(0, 6)} · live: this screen is what you decide on`, "dim"));
}

const PAST: Readonly<Record<string, string>> = {
  ...{ approve: "approved", reject: "rejected", edit: "approved with an edit", redo: "sent back" },
};

/** Why it can no longer be decided; undefined: it is open. */
export function describeClosed({ view }: CheckpointDetail, moment: (at: number) => string): string | undefined {
  if (view.status === "open") return undefined;
  const { decision } = view;
  if (decision === null) return `${view.id} is ${view.status}: nothing is left to decide`;
  const host = decision.host === null ? "" : `@${decision.host}`;
  const reason = decision.reason === null ? "" : ` ("${decision.reason}")`;
  return `${view.id} was ${PAST[decision.decision]} by ${decision.by}${host} ${moment(decision.at)}${reason}`;
}
