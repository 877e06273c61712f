import { relative } from "node:path";
import type { Command } from "commander";
import { formatAge } from "../../core/duration-format.ts";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { cutToWidth, layOutTable } from "../../core/text-width.ts";
import type { NextSlot } from "../../views/next-slot.ts";
import { type EngineView, type LoadedWorkflowView, type StatusView, showStatus } from "../../views/show-status.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { type DatabaseSize, formatBytes, readDatabaseSize } from "../database-size.ts";
import { formatInstant } from "../format-instant.ts";
import { toStatusJson, writeJson } from "../json-output.ts";
import { describeMissing } from "../missing-file.ts";
import { findDatabasePath, readDatabase } from "../open-database.ts";

/** Below it the disk is as good as full: an engine then waits for space. */
const FREE_BYTES_MIN = 64 * 1_024 * 1_024;

const NOTHING: StatusView = { engines: [], workflows: [], inbox: 0, next: [] };

export const statusCommand: CommandModule = {
  examples: ["lockstep status", "lockstep status --json"],
  configure(command: Command, context, finish) {
    command.action((options: CommonOptions) => finish(executeStatus(context, options)));
  },
};

async function executeStatus(context: CommandContext, options: CommonOptions): Promise<number> {
  const path = await findDatabasePath(context, options);
  return await readDatabase(context, options, (database, shownPath) => {
    const view = database === undefined ? NOTHING : noteMissing(showStatus(database.store, database.isEngineAlive));
    const size = database === undefined ? null : readDatabaseSize(database.path);
    if (options.json) writeJson(context, toStatusJson(view, size ?? { path, bytes: 0, walBytes: 0, freeBytes: null }));
    else context.output.writeOut(`${render(context, view, size, shownPath).join("\n")}\n`);
    return EXIT.succeeded;
  });
}

/** A daemon goes on with what it has loaded from a folder that is gone: it may come back. */
function noteMissing(view: StatusView): StatusView {
  const workflows = view.workflows.map((each) => ({
    ...each,
    error: each.error ?? describeMissing(each.file) ?? null,
  }));
  return { ...view, workflows };
}

function render(context: CommandContext, view: StatusView, size: DatabaseSize | null, shownPath: string): string[] {
  const { output } = context;
  const waits = view.inbox === 0 ? "nothing waits" : `${view.inbox} wait for a decision: lockstep checkpoints`;
  const facts = [
    ...describeEngines(context, view.engines),
    ["Database", size === null ? `${shownPath} is not there yet` : describeSize(size, shownPath)],
    ...describeDisk(size),
    ["Inbox", waits],
    ...describeNext(view.next),
  ];
  const lines = [...layOutTable(facts), ...renderWorkflows(context, view.workflows)];
  return output.outIsTerminal ? lines.map((line) => cutToWidth(line, output.width)) : lines;
}

function describeEngines({ clock }: CommandContext, engines: readonly EngineView[]): string[][] {
  const lines = engines.map(({ kind, status, pid, host, startedAt, stopRequestedAt, version }) => {
    const state = status === "draining" || stopRequestedAt !== null ? "draining" : "live";
    const since = `since ${formatInstant(startedAt)} (${formatAge(clock.now() - startedAt)})`;
    const name = kind === "daemon" ? "Daemon" : kind === "run" ? "Foreground" : "Program";
    return [name, `${state}, ${since}, pid ${pid} on ${sanitizeLine(host)}, version ${sanitizeLine(version)}`];
  });
  const hasDaemon = engines.some(({ kind }) => kind === "daemon");
  return hasDaemon ? lines : [["Daemon", "none runs. Start one: lockstep daemon --workflows DIR"], ...lines];
}

function describeSize({ bytes, walBytes }: DatabaseSize, shownPath: string): string {
  return `${shownPath}   ${formatBytes(bytes)}, write-ahead log ${formatBytes(walBytes)}`;
}

function describeDisk(size: DatabaseSize | null): string[][] {
  if (size === null || size.freeBytes >= FREE_BYTES_MIN) return [];
  return [["Disk", `full, or nearly: ${formatBytes(size.freeBytes)} are left. Make space: what runs waits for it`]];
}

function describeNext(next: readonly NextSlot[]): string[][] {
  if (next.length === 0) return [["Next", "no slot"]];
  return next.map(({ workflow, schedule, at }, index) => {
    const name = schedule === workflow ? workflow : `${workflow}/${schedule}`;
    return [index === 0 ? "Next" : "", `${formatInstant(at)}  ${sanitizeLine(name)}`];
  });
}

function renderWorkflows({ cwd }: CommandContext, workflows: readonly LoadedWorkflowView[]): string[] {
  if (workflows.length === 0) return [];
  const rows = workflows.map(({ workflow, file, loadedAt, error, schedules }) => [
    sanitizeLine(workflow ?? "-"),
    sanitizeLine(showFile(cwd, file)),
    workflow === null ? "never" : formatInstant(loadedAt),
    schedules === 0 ? "-" : String(schedules),
    error === null ? "" : `${workflow === null ? "" : "still runs as loaded then; "}${sanitizeLine(error)}`,
  ]);
  return ["", ...layOutTable([["WORKFLOW", "FILE", "LOADED", "SCHEDULES", ""], ...rows])];
}

function showFile(cwd: string, file: string): string {
  const fromHere = relative(cwd, file);
  return fromHere.startsWith("..") ? file : fromHere;
}
