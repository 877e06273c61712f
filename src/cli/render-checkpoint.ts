import type { CheckpointView } from "../core/checkpoint-view.ts";
import { formatAge, formatDuration } from "../core/duration-format.ts";
import { sanitizeBlock, sanitizeLine } from "../core/sanitize-text.ts";
import { describeSinceLast } from "../views/describe-difference.ts";
import { listFormFields } from "../views/form-fields.ts";
import type { HappenedTask } from "../views/gate-facts.ts";
import { isCut } from "../views/map-output.ts";
import type { CheckpointDetail } from "../views/show-checkpoint.ts";
import { countNoun } from "./count-noun.ts";

/** A line for each checkpoint that waits. */
export function renderCheckpointList(views: readonly CheckpointView[], now: number): string {
  const rows = views.map((view) => [
    view.id,
    formatAge(now - view.createdAt),
    view.expiresAt === null ? "-" : view.expiresAt <= now ? "overdue" : formatAge(view.expiresAt - now),
    view.risk === "high" ? "HIGH" : view.risk,
    sanitizeLine(view.workflow ?? "-"),
    sanitizeLine(view.message),
  ]);
  const table = [["ID", "AGE", "DUE", "RISK", "WORKFLOW", "QUESTION"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  return table
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** All that a person needs to decide, as plain lines. */
export function renderCheckpoint(detail: CheckpointDetail, now: number): string {
  const { view } = detail;
  const seen = view.hash.slice(0, 12);
  const place = view.task ?? (view.layer === null ? "question" : `layer ${view.layer}`);
  const lines = [
    `${view.id} ${sanitizeLine(view.workflow ?? "")} › ${sanitizeLine(place)}   ${view.risk} risk   ${view.status}   waits ${formatAge(now - view.createdAt)}`,
    sanitizeBlock(view.message),
    ...(detail.description === null ? [] : [sanitizeLine(detail.description)]),
    "",
    ...describeValue("input", detail.inputJson),
    ...detail.happened.flatMap(describeHappened),
    ...describeValue("shown", detail.showJson),
    ...describeValue("resolved", detail.resolvedJson),
    ...describeForm(detail),
    `approve    starts ${listNames(detail.consequences.starts)}`,
    `reject     skips ${listNames(detail.consequences.skips)}`,
    describeExpiry(view, now),
    ...describeLast(detail),
    ...describeDecision(view),
    `seen ${seen}   lockstep approve ${view.id}${detail.fields === null ? "" : " --answers JSON"} --if-hash ${seen}`,
  ];
  return lines.join("\n");
}

function describeValue(name: string, json: string | null): string[] {
  if (json === null || json === "null") return [];
  const pretty = JSON.stringify(JSON.parse(json), null, 2);
  const text = sanitizeBlock(pretty.length > TEXT_MAX ? `${pretty.slice(0, TEXT_MAX)}…` : pretty);
  return text.split("\n").map((line, at) => `${(at === 0 ? name : "").padEnd(10)} ${line}`);
}

/** Characters of one value on the screen; `--json` has all of it. */
const TEXT_MAX = 4_000;

/** `form       percent: whole number, may be left out`, a line for each field. */
function describeForm({ fields }: CheckpointDetail): string[] {
  return listFormFields(fields ?? {}).map(({ name, kind, isRequired }, at) => {
    const text = sanitizeLine(`${name}: ${kind}${isRequired ? "" : ", may be left out"}`);
    return `${(at === 0 ? "form" : "").padEnd(10)} ${text}`;
  });
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : sanitizeLine(names.join(", "));
}

function describeExpiry({ expiresAt, onTimeout }: CheckpointView, now: number): string {
  if (expiresAt === null) return "wait       holds for as long as it takes";
  const when = expiresAt <= now ? "since its time was over" : `for ${formatAge(expiresAt - now)}`;
  return onTimeout === "hold"
    ? `wait       holds, ${when}`
    : `wait       ${onTimeout}s by itself in ${formatAge(Math.max(0, expiresAt - now))}`;
}

/** `happened   dump succeeded, 41s, try 2`, and what it gave. */
function describeHappened({ id, status, attempt, durationMs, outputJson, items }: HappenedTask): string[] {
  const took = durationMs === null ? "" : `, ${formatDuration(durationMs)}`;
  const tries = attempt > 1 ? `, try ${attempt}` : "";
  const count = items === null ? "" : `, ${countNoun(items.count, "item")}`;
  return [
    `happened   ${sanitizeLine(id)} ${status}${took}${tries}${count}`,
    ...describeValue("", outputJson),
    ...(isCut(items) ? [`           … the first ${items.shown} of them; --json has all`] : []),
  ];
}

function describeLast(detail: CheckpointDetail): string[] {
  const { last } = detail;
  if (last === null) return [];
  return [`changed    since ${sanitizeLine(last.by)} approved ${last.id}: ${describeSinceLast(detail)}`];
}

function describeDecision({ decision }: CheckpointView): string[] {
  if (decision === null) return [];
  const why = decision.reason === null ? "" : ` ("${sanitizeLine(decision.reason)}")`;
  return [`decided    ${decision.decision} by ${sanitizeLine(decision.by)}${why}`];
}
