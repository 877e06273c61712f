import { formatAge } from "../core/duration-format.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import { countNotices } from "../views/count-notices.ts";
import { findClockAhead } from "../views/find-clock-ahead.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { listRuns, needsResume, type RunLine } from "../views/list-runs.ts";
import { listSchedules, type ScheduleView } from "../views/list-schedules.ts";
import { isWorkflowServed } from "../views/served-workflows.ts";
import { showStatus } from "../views/show-status.ts";
import { countNoun } from "./count-noun.ts";
import type { Finding } from "./inspect-workflows.ts";
import type { Database } from "./open-database.ts";

/** Of each kind so many are told one by one. */
const TOLD_MAX = 5;
const RUNS_MAX = 1_000;
/** A slot that is due for longer was missed by a daemon that should have seen it. */
const LATE_MS = 60_000;

/** Runs, questions, schedules and messages that do not go on by themselves. */
export function checkWork(database: Database, now: number): Finding[] {
  const { store } = database;
  return [
    ...checkRuns(database),
    ...checkQuestions(database, now),
    ...checkWorkflows(database),
    ...checkSchedules(database, now),
    ...checkClock(findClockAhead(store, now)),
    ...checkNotices(database),
  ];
}

function checkRuns({ store, isEngineAlive }: Database): Finding[] {
  const { runs } = listRuns(store, { status: ["interrupted", "queued"], limit: RUNS_MAX }, isEngineAlive);
  const stopped = runs.filter((line) => needsResume(line) || line.status === "interrupted");
  const waiting = runs.filter(
    (line) => !stopped.includes(line) && !isWorkflowServed(store, line.workflow, isEngineAlive),
  );
  return [
    ...tellSome(stopped, "interrupted", describeStopped),
    ...tellSome(waiting, "queued_unknown", (line) => ({
      message: `#${line.run} ${sanitizeLine(line.workflow)} is queued, but no engine is running that knows it.`,
      fix: "It starts when one does: lockstep daemon --workflows DIR",
    })),
  ];
}

function describeStopped(line: RunLine): Told {
  const fix = line.mode === "detached" ? "The daemon goes on with it, or: " : "Go on: ";
  return {
    message: `#${line.run} ${sanitizeLine(line.workflow)} is interrupted.`,
    fix: `${fix}lockstep resume ${line.run}`,
  };
}

interface Told {
  readonly message: string;
  readonly fix: string;
}

function tellSome<Item>(items: readonly Item[], code: string, describe: (item: Item) => Told): Finding[] {
  const told = items.slice(0, TOLD_MAX).map((item): Finding => ({ level: "warn", code, ...describe(item) }));
  const left = items.length - told.length;
  return left === 0 ? told : [...told, { level: "warn", code, message: `and ${left} more like that` }];
}

function checkQuestions({ store }: Database, now: number): Finding[] {
  const open = listCheckpoints(store, { status: "open", limit: RUNS_MAX });
  const overdue = open.filter((each) => each.expiresAt !== null && each.expiresAt < now);
  return tellSome(overdue, "overdue", (each) => ({
    message: `${each.id} is overdue for ${formatAge(now - (each.expiresAt ?? now))}: ${sanitizeLine(each.message)}`,
    fix: `Look: lockstep checkpoints ${each.id}`,
  }));
}

function checkWorkflows({ store, isEngineAlive }: Database): Finding[] {
  const broken = showStatus(store, isEngineAlive).workflows.filter(({ error }) => error !== null);
  return broken.map(({ workflow, file, error }): Finding => {
    const runs = workflow === null ? "" : ` (${sanitizeLine(workflow)} runs on as it was loaded last)`;
    const message = `${sanitizeLine(error ?? "")}${runs}`;
    return { level: "warn", code: "workflow_broken", message, file, fix: `Look: lockstep validate ${file}` };
  });
}

function checkSchedules({ store, isEngineAlive }: Database, now: number): Finding[] {
  const schedules = listSchedules(store, { now, isEngineAlive, lastSlots: 1 });
  const isLate = ({ state, nextAt }: ScheduleView): boolean =>
    state === "on" && nextAt !== null && nextAt < now - LATE_MS;
  const nameOf = ({ workflow, name }: ScheduleView): string =>
    sanitizeLine(workflow === name ? name : `${workflow}/${name}`);
  return [
    ...tellSome(schedules.filter(isLate), "schedule_late", (each) => ({
      message: `schedule ${nameOf(each)} is late by ${formatAge(now - (each.nextAt ?? now))}.`,
      fix: "Is a daemon running? lockstep status",
    })),
    ...tellSome(
      schedules.filter(({ state }) => state === "held"),
      "schedule_held",
      (each) => ({
        message: `schedule ${nameOf(each)} is held: a run of it waits for a decision.`,
        fix: `Decide: lockstep checkpoints ${each.heldBy}`,
      }),
    ),
  ];
}

function checkClock(aheadMs: number): Finding[] {
  if (aheadMs < LATE_MS) return [];
  const message = `what was recorded last is ${formatAge(aheadMs)} ahead of this machine's clock: it was set back.`;
  return [{ level: "warn", code: "clock_back", message, fix: "Look at the time of the machine: date" }];
}

function checkNotices({ store }: Database): Finding[] {
  const { failed, overdue } = countNotices(store);
  const findings: Finding[] = [];
  if (failed > 0) {
    const message = `${countNoun(failed, "message")} could not be delivered to their channels.`;
    findings.push({ level: "warn", code: "notices_failed", message, fix: "Try one: lockstep notify test CHANNEL" });
  }
  if (overdue > 0) {
    const message = `${countNoun(overdue, "message")} to channels wait to be sent.`;
    findings.push({ level: "ok", code: "notices_pending", message });
  }
  return findings;
}
