import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import type { EventView } from "../../core/event-view.ts";
import { sanitizeJson, sanitizeLine } from "../../core/sanitize-text.ts";
import { listEvents } from "../../views/list-events.ts";
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
}

export const eventsCommand: CommandModule = {
  examples: ["lockstep events --run @last", "lockstep events -f --json --after 1200"],
  configure(command: Command, context, finish) {
    command
      .option("-f, --follow", "Go on as events come")
      .option("--run <run>", "Only of this run")
      .option("--after <seq>", "Only those with a larger number")
      .action((options: EventsOptions) => finish(executeEvents(context, options)));
  },
};

async function executeEvents(context: CommandContext, options: EventsOptions): Promise<number> {
  const after = parseAfter(options.after ?? "0");
  return await readDatabase(context, options, async (database, shownPath) => {
    const runId = options.run === undefined ? undefined : getRunId(options.run, database, shownPath);
    if (database === undefined) {
      if (!options.json) context.output.writeError(`No events yet in ${shownPath}.\n`);
      return EXIT.succeeded;
    }
    return await print(context, options, database, { after, ...(runId === undefined ? {} : { run: runId }) });
  });
}

async function print(
  context: CommandContext,
  options: EventsOptions,
  { store }: Database,
  from: { readonly after: number; readonly run?: number },
): Promise<number> {
  let { after } = from;
  for (;;) {
    const { events, next } = listEvents(store, { ...from, after });
    for (const event of events) {
      if (options.json) writeJson(context, toEventJson(event));
      else context.output.writeOut(`${renderEvent(event)}\n`);
    }
    const isAtEnd = next === after;
    after = next;
    if (!isAtEnd) continue;
    if (!options.follow || (await waitForChange(context)) === "interrupted") return EXIT.succeeded;
  }
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

function parseAfter(text: string): number {
  const after = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(after)) return after;
  throw createUsageError(`--after: expected the number of an event, found "${text}"`);
}
