import type { Command } from "commander";
import { EXIT, LockstepError, NotFoundError } from "../../core/errors.ts";
import { getRows } from "../../store/rows.ts";
import { type EngineView, listLiveEngines } from "../../views/show-status.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { writeJson } from "../json-output.ts";
import { changeKnownDatabase, type Database } from "../open-database.ts";
import { parseDurationOption } from "../read-options.ts";
import { waitForChange } from "../wait-for-change.ts";

interface StopOptions extends CommonOptions {
  readonly timeout?: string;
}

export const stopCommand: CommandModule = {
  examples: ["lockstep stop", "lockstep stop --timeout 5m"],
  configure(command: Command, context, finish) {
    command
      .option("--timeout <duration>", "Wait so long at most; the daemon drains on (default: until it has ended)")
      .action((options: StopOptions) => finish(executeStop(context, options)));
  },
};

/** As SIGTERM, from any terminal: asks through the database, and waits until the locks are free. */
async function executeStop(context: CommandContext, options: StopOptions): Promise<number> {
  const timeoutMs =
    options.timeout === undefined ? Number.POSITIVE_INFINITY : parseDurationOption("--timeout", options.timeout);
  return await changeKnownDatabase(context, options, async (database) => {
    const daemons = listDaemons(database);
    if (daemons.length === 0) {
      throw new NotFoundError(`No daemon runs on ${database.shownPath}.`, { hint: "Look: lockstep status" });
    }
    const { store } = database;
    const startedAt = context.clock.now();
    await store.writeTransaction(() => {
      for (const { id } of daemons) getRows(store).engines.requestStop(id, startedAt);
    });
    const left = await awaitEnd(context, database, daemons, startedAt + timeoutMs);
    if (left.length > 0) throw createLateError(left, options.timeout);
    if (options.json)
      writeJson(
        context,
        daemons.map(({ id, pid, host }) => ({ engine: id, pid, host, ended: true })),
      );
    else context.output.writeOut(`${daemons.map(({ pid }) => `Daemon ${pid} has ended.`).join("\n")}\n`);
    return EXIT.succeeded;
  });
}

function listDaemons({ store, isEngineAlive }: Database): EngineView[] {
  return listLiveEngines(store, isEngineAlive).filter(({ kind }) => kind === "daemon");
}

/** Those that have not ended in time, or before the person interrupted. */
async function awaitEnd(
  context: CommandContext,
  { isEngineAlive }: Database,
  daemons: readonly EngineView[],
  endsAt: number,
): Promise<EngineView[]> {
  for (;;) {
    const left = daemons.filter(({ lockFile }) => isEngineAlive(lockFile));
    if (left.length === 0 || context.clock.now() >= endsAt) return left;
    if ((await waitForChange(context)) === "interrupted") return left;
  }
}

function createLateError(left: readonly EngineView[], timeout: string | undefined): LockstepError {
  const pids = left.map(({ pid }) => pid).join(", ");
  const when = timeout === undefined ? "yet" : `within ${timeout}`;
  return new LockstepError(
    "stop_timeout",
    `Daemon ${pids} has not ended ${when}: it starts nothing new, and ends when what runs has ended. To end it at once: kill -TERM ${left.map(({ pid }) => pid).join(" ")}`,
  );
}
