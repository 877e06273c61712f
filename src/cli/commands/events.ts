import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { createKindFilter } from "../../core/event-kind.ts";
import type { EventView } from "../../core/event-view.ts";
import { sanitizeJson, sanitizeLine } from "../../core/sanitize-text.ts";
import { findLastSeq, listEvents } from "../../views/list-events.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { formatLogTime } from "../format-instant.ts";
import { toEventJson, writeJson } from "../json-output.ts";
import { type Database, readDatabase } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { getRunId } from "../run-reference.ts";
import { nameTask } from "../run-summary.ts";
import { waitForChange } from "../wait-for-change.ts";

interface EventsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly run?: string;
  readonly after?: string;
  readonly types?: string;
}

export const eventsCommand: CommandModule = {
  examples: ["lockstep events --run @last", "lockstep events -f --json --after last --types run.failed,checkpoint"],
  configure(command: Command, context, finish) {
    command
      .option("-f, --follow", "Go on as events come")
      .option("--run <run>", "Only of this run")
      .option("--after <seq>", 'Only those with a larger number; "last": only what comes from now on')
      .option("--types <kinds>", "Only of these kinds: run.failed, or run for all of runs")
      .action((options: EventsOptions) => finish(executeEvents(context, options)));
  },
};

async function executeEvents(context: CommandContext, options: EventsOptions): Promise<number> {
  parseAfter(options.after ?? "0");
  const isWanted = readTypes(options.types);
  for (;;) {
    const exitCode = await readDatabase(context, options, async (database, shownPath) => {
      const runId = options.run === undefined ? undefined : getRunId(options.run, database, shownPath);
      if (database !== undefined) return await print(context, options, database, { runId, isWanted });
      if (!options.json && !options.follow) context.output.writeError(`No events yet in ${shownPath}.\n`);
      return options.follow ? undefined : EXIT.succeeded;
    });
    if (exitCode !== undefined) return exitCode;
    // Followed before the first run: the file will come.
    if ((await waitForChange(context)) === "interrupted") return EXIT.succeeded;
  }
}

async function print(
  context: CommandContext,
  options: EventsOptions,
  { store }: Database,
  { runId, isWanted }: { readonly runId: number | undefined; readonly isWanted: (kind: string) => boolean },
): Promise<number> {
  const filter = runId === undefined ? {} : { run: runId };
  let after = parseAfter(options.after ?? "0") ?? findLastSeq(store);
  for (;;) {
    const { events, next } = listEvents(store, { ...filter, after });
    for (const event of events) {
      if (!isWanted(event.kind)) continue;
      if (options.json) writeJson(context, toEventJson(event));
      else context.output.writeOut(`${renderEvent(event)}\n`);
    }
    const isAtEnd = next === after;
    after = next;
    if (!isAtEnd) continue;
    if (!options.follow || (await waitForChange(context)) === "interrupted") return EXIT.succeeded;
  }
}

function readTypes(types: string | undefined): (kind: string) => boolean {
  if (types === undefined) return () => true;
  const wanted = types.split(",").map((type) => type.trim());
  return createKindFilter(wanted, "--types");
}

function renderEvent({ seq, at, run, kind, task, index, data }: EventView): string {
  const what = [
    run === null ? "" : `#${run}`,
    sanitizeLine(kind),
    task === null ? "" : nameTask({ id: task, index }),
    Object.keys(data).length === 0 ? "" : sanitizeJson(JSON.stringify(data)),
  ];
  return `${seq} ${formatLogTime(at)} ${what.filter((part) => part !== "").join(" ")}`;
}

/** Undefined: from now on. */
function parseAfter(text: string): number | undefined {
  if (text === "last") return undefined;
  const after = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(after)) return after;
  throw createUsageError(`--after: expected the number of an event, or last, found "${text}"`);
}
