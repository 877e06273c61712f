import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { DatabaseError, EXIT } from "../../core/errors.ts";
import { sanitizeJson } from "../../core/sanitize-text.ts";
import { Daemon } from "../../daemon/daemon.ts";
import { describeOpenToOthers, findOpenToOthers } from "../../daemon/open-to-others.ts";
import { type RetentionRounds, startRetention } from "../../daemon/retention.ts";
import type { Config } from "../../definition/config/config.ts";
import { watchStopRequest } from "../../engine/stop-request.ts";
import { keepAlive } from "../../platform/keep-alive.ts";
import { getLogsFolder } from "../../platform/paths.ts";
import { newUid } from "../../platform/uid.ts";
import { getRows } from "../../store/rows.ts";
import type { RunRow } from "../../store/run-rows.ts";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { findConfig, refuseWritableConfig } from "../config-source.ts";
import { createTellers } from "../create-tellers.ts";
import { type Execution, type ExecutionOptions, startExecution } from "../execution.ts";
import { findWorkflowsFolder } from "../find-workflow-file.ts";
import { mayHoldWorkflow } from "../inspect-workflows.ts";
import { findDatabasePath } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";
import { readZones } from "../read-zones.ts";
import { createWorkflowHost, type WorkflowHost } from "../workflow-host.ts";

interface DaemonOptions extends ExecutionOptions {
  readonly workflows?: string;
  readonly once?: boolean;
  readonly printUnit?: string;
}

export const daemonCommand: CommandModule = {
  examples: ["lockstep daemon --workflows workflows", "lockstep daemon --workflows workflows --once"],
  configure(command: Command, context, finish) {
    command
      .option("--workflows <dir>", "The folder of the workflows (default: the config's, or workflows/)")
      .option("--once", "Fire what is due, finish what can be finished, and exit")
      .option("--print-unit <manager>", "Print what starts it with the machine: for systemd or launchd")
      .action((options: DaemonOptions) =>
        finish(options.printUnit === undefined ? executeDaemon(context, options) : printUnit(context, options)),
      );
  },
};

async function executeDaemon(context: CommandContext, options: DaemonOptions): Promise<number> {
  const config = await findConfig(context.cwd);
  if (config !== undefined) refuseWritableConfig(config.path);
  const folder = await findFolder(context, options);
  const host = createWorkflowHost(context);
  const late: { daemon?: Daemon } = {};
  const knows = (run: RunRow): boolean => late.daemon?.knows(run) ?? false;
  const execution = await startExecution(context, options, host, { kind: "daemon", knows });
  const ending = Promise.withResolvers<void>();
  ending.promise.catch(() => {}); // it may come before anybody waits for it
  const tellers = createTellers(context, config, execution, host.engineUid, (event, data) => log(context, event, data));
  const daemon = createDaemon(context, host, execution, { folder, config: config?.config ?? {} }, ending.reject);
  late.daemon = daemon;
  const hurried = Promise.withResolvers<void>();
  let interrupts = 0;
  const release = context.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 1) return ending.resolve();
    execution.abandon(); // a second one waits for nothing
    hurried.resolve();
  });
  const letGo = keepAlive(); // a daemon that serves nothing yet has no worker
  const { engines } = getRows(execution.store);
  let retention: RetentionRounds | undefined;
  const endWatch = watchStopRequest(engines, execution.engine.id, context.clock, ending.resolve, ending.reject);
  try {
    await tellers.start();
    await Promise.race([daemon.lookOnce(), ending.promise, execution.failure]);
    log(context, "daemon.ready", { folder, database: execution.path, pid: process.pid });
    if (!options.once) {
      daemon.start();
      retention = keepRetention(context, execution, config?.config ?? {});
    }
    await Promise.race([options.once ? awaitIdle(execution) : ending.promise, ending.promise, execution.failure]);
    if (options.once) await Promise.race([tellers.flush(), hurried.promise]);
    log(context, "daemon.draining", {});
    await markDraining(execution);
  } finally {
    endWatch();
    const stopped = Promise.all([daemon.stop(), retention?.stop(), tellers.stop()]);
    await Promise.race([stopped.then(() => execution.close()), hurried.promise]);
    letGo();
    release();
  }
  log(context, "daemon.ended", {});
  return interrupts > 1 ? EXIT.interrupted : EXIT.succeeded;
}

async function printUnit(context: CommandContext, options: DaemonOptions): Promise<number> {
  const { renderDaemonUnit } = await import("../daemon-unit.ts");
  const folder = await findFolder(context, options);
  const database = await findDatabasePath(context, options);
  context.output.writeOut(await renderDaemonUnit(context, { manager: options.printUnit ?? "", folder, database }));
  return EXIT.succeeded;
}

async function findFolder(context: CommandContext, { workflows }: DaemonOptions): Promise<string> {
  const folder = workflows === undefined ? await findWorkflowsFolder(context) : resolve(context.cwd, workflows);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) throw createUsageError(`--workflows: expected a folder, found none at ${folder}`);
  const open = findOpenToOthers(folder);
  if (open !== undefined) throw createUsageError(describeOpenToOthers(folder, open));
  return folder;
}

/** For `status`. On a disk that is full it cannot be said, and draining goes on. */
async function markDraining({ store, engine }: Execution): Promise<void> {
  try {
    await store.writeTransaction(() => getRows(store).engines.mark(engine.id, "draining", null));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
  }
}

function createDaemon(
  context: CommandContext,
  host: WorkflowHost,
  { store, control, engine }: Execution,
  { folder, config }: { readonly folder: string; readonly config: Config },
  onFatal: (error: Error) => void,
): Daemon {
  return new Daemon({
    ...{ store, control, folder, newUid, mayHoldWorkflow, onFatal, clock: context.clock },
    machine: engine.plans.machine,
    readZones: () => readZones(context, config.timezone),
    isQuiet: () => engine.isQuiet,
    describe: (file) => host.describe(file, null),
    bind: (hash, description) => host.bind(hash, description),
    parseInput: (hash, inputJson) => host.parseInput(hash, inputJson),
    onQueued: () => engine.noteRequests(),
    log: (event, data) => log(context, event, data),
  });
}

function keepRetention(context: CommandContext, execution: Execution, config: Config): RetentionRounds | undefined {
  const { retention } = config;
  if (retention === undefined) return undefined;
  const { store, path } = execution;
  const { clock } = context;
  return startRetention({
    ...{ store, clock, retention, logsDir: getLogsFolder(path) },
    log: (event, data) => log(context, event, data),
  });
}

/** Until nothing runs and nothing is queued that it could run. */
async function awaitIdle({ engine }: Execution): Promise<void> {
  const never = new AbortController();
  engine.noteRequests(); // so that there is a turn to wait for
  do await engine.awaitNews([never.signal]);
  while (!engine.isIdle);
}

/** Its own log: a line of JSON for each thing that happens, on standard error. */
function log({ output, clock }: CommandContext, event: string, data: Readonly<Record<string, unknown>>): void {
  const at = new Date(clock.now()).toISOString();
  output.writeError(`${sanitizeJson(JSON.stringify({ at, event, ...data }))}\n`);
}
