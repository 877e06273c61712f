import { formatAge } from "../core/duration-format.ts";
import type { Risk } from "../core/workflow-spec.ts";
import type { InboxGroup, InboxLine } from "../views/list-inbox.ts";
import { formatDue } from "./format-time.ts";
import { type Line, type Span, toCell, toLine, toListLine, toSpan } from "./line.ts";

const RISK_WORDS: Readonly<Record<Risk, string>> = { high: "HIGH", medium: "med", low: "low" };

/** The risk as a word: it must not hang on a color. */
export function toRiskSpan(risk: Risk, width = 5): Span {
  return toSpan(toCell(RISK_WORDS[risk], width), risk === "high" ? "danger" : risk === "medium" ? "warning" : "plain");
}

export const INBOX_HEAD = toLine(toSpan("   DUE   AGE  RISK  RUN     WORKFLOW        QUESTION", "dim"));

export interface InboxLineState {
  readonly isSelected: boolean;
  readonly isMarked: boolean;
  readonly now: number;
}

export function toInboxRow(line: InboxLine, { isSelected, isMarked, now }: InboxLineState): Line {
  const mark = isMarked ? toSpan("*", "accent") : " ";
  const due = toCell(formatDue(line.expiresAt, now), 5);
  const age = toCell(formatAge(now - line.createdAt), 5);
  const workflow = `${toCell(line.workflow ?? "(a program)", 15)} `;
  const { spans } = toListLine(isSelected, mark);
  return {
    spans: [
      ...spans,
      ...toLine(due, " ", age, toRiskSpan(line.risk, 6), toCell(line.id, 8), workflow, line.message).spans,
    ],
    isSelected,
  };
}

/** A workflow that stands for all of its lines. */
export function toGroupRow(group: InboxGroup, isSelected: boolean, now: number): Line {
  const due = toCell(formatDue(group.nextExpiryAt, now), 5);
  const age = toCell(formatAge(now - group.oldestAt), 5);
  const risk = group.highCount > 0 ? "high" : group.mediumCount > 0 ? "medium" : "low";
  const high = group.highCount === 0 ? "" : `, ${group.highCount} of high risk`;
  const text = `${group.count} wait${group.count === 1 ? "s" : ""}${high}`;
  return toListLine(
    isSelected,
    "▸",
    due,
    " ",
    age,
    toRiskSpan(risk, 6),
    toCell("", 8),
    `${toCell(group.workflow ?? "(programs)", 15)} `,
    text,
  );
}
