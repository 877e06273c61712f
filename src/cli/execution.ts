/**
 * An engine in the foreground, for the commands that execute: `run`, `resume`, `retry`.
 *
 * Owns: the database's connection, the engine, and the host of the workflows. Owns not: what people are shown of it.
 * Closing ends all of them, in the order engine, host, database; twice does no harm.
 */
import { availableParallelism, hostname } from "node:os";
import { dirname } from "node:path";
import type { MachineResources } from "../core/check-resources.ts";
import { DatabaseError } from "../core/errors.ts";
import { COMMANDS_PER_CORE_MAX, FUNCTIONS_MAX } from "../core/limits.ts";
import type { Ambient } from "../core/ports.ts";
import { Engine } from "../engine/engine.ts";
import { createRunControl, type RunControl } from "../engine/run-control.ts";
import { readBootId } from "../platform/boot-id.ts";
import { systemChance } from "../platform/chance.ts";
import { createEngineLocks } from "../platform/engine-locks.ts";
import { getLogsFolder } from "../platform/paths.ts";
import { newUid } from "../platform/uid.ts";
import { createWakeSource } from "../platform/watch-file-change.ts";
import { endSurvivors } from "../runners/end-orphans.ts";
import type { EngineKind } from "../store/engine-rows.ts";
import { prepareLogsFolder } from "../store/logs-folder.ts";
import { openStore, type Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import type { RunRow } from "../store/run-rows.ts";
import type { CommandContext, CommonOptions } from "./command-context.ts";
import { findMachine } from "./find-machine.ts";
import { createEngineProbe, type Database, findConfigGroup, findDatabasePath, showPath } from "./open-database.ts";
import { readVersion } from "./version.ts";
import type { WorkflowHost } from "./workflow-host.ts";

export interface Execution extends Database {
  readonly engine: Engine;
  readonly control: RunControl;
  /** Rejects when the engine cannot go on. */
  readonly failure: Promise<never>;
  close(): Promise<void>;
  /** The person will not wait: from now on `close` waits for nothing, and the process ends with what runs in it. */
  abandon(): void;
}

/** What an engine is for; left out: it executes what it was told to, and leaves what is queued to a daemon. */
export interface EngineRole {
  readonly kind: EngineKind;
  readonly knows: (run: RunRow) => boolean;
}

const FOREGROUND: EngineRole = { kind: "run", knows: () => false };

export interface ExecutionOptions extends CommonOptions {
  readonly sync?: "full" | "normal";
}

/** Starts an engine on the database that a person means; it creates the file where there is none. */
export async function startExecution(
  context: CommandContext,
  options: ExecutionOptions,
  host: WorkflowHost,
  role: EngineRole = FOREGROUND,
): Promise<Execution> {
  const machine = await findMachine(context);
  const path = await findDatabasePath(context, options);
  const ambient: Ambient = { clock: context.clock, chance: systemChance, newUid };
  const locks = createEngineLocks(path);
  const store = await openStore({
    path,
    access: "execute",
    extendWal: role.kind === "daemon", // it lives long; a run would pay 14 ms for a few commits
    clock: context.clock,
    sync: options.sync,
    group: await findConfigGroup(context),
    findLiveEngine: () => locks.findLive(),
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const engine = createEngine({
    ...{ store, ambient, locks, host, role, machine },
    ...{ output: context.output, onFatal: failed.reject },
  });
  try {
    await engine.start();
  } catch (error) {
    store.close();
    throw error;
  }
  let isAbandoned = false;
  const isOtherAlive = createEngineProbe(path);
  const parts = { rows: getRows(store), plans: engine.plans, locks, now: () => ambient.clock.now() };
  return {
    store,
    path,
    shownPath: showPath(context, path),
    // Its own is alive until it says otherwise: a lock file that is gone is told by `failure`.
    isEngineAlive: (lockFile) => lockFile.startsWith(host.engineUid) || isOtherAlive(lockFile),
    engine,
    control: createRunControl(parts),
    failure: failed.promise,
    abandon() {
      isAbandoned = true;
      host.abandon();
    },
    async close() {
      if (isAbandoned) return;
      try {
        await engine.stop().catch((error: unknown) => warnOfEnd(context, error));
      } finally {
        await host.close();
        store.close();
      }
    },
  };
}

/** The outcome of what it executed is known and recorded by then: the disk's failure is told, and is not that outcome. */
function warnOfEnd({ output }: CommandContext, error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error;
  output.writeError(`warning: That this engine has ended was not recorded; the next one finds out. ${error.message}\n`);
}

interface EngineMaterial {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly locks: ReturnType<typeof createEngineLocks>;
  readonly host: WorkflowHost;
  readonly role: EngineRole;
  readonly machine: MachineResources | undefined;
  readonly output: CommandContext["output"];
  readonly onFatal: (error: Error) => void;
}

function createEngine({ store, ambient, locks, host, role, machine, output, onFatal }: EngineMaterial): Engine {
  const { clock } = ambient;
  return new Engine({
    store,
    ambient,
    locks,
    onFatal,
    onFullDisk: ({ message }) => output.writeError(`${message}\nWaiting for space, for up to 5 minutes.\n`),
    runner: host.runner,
    uid: host.engineUid,
    killSurvivors: (lockName) => endSurvivors(lockName, clock),
    identity: { kind: role.kind, pid: process.pid, bootId: readBootId(), host: hostname(), version: readVersion() },
    places: { function: FUNCTIONS_MAX, command: COMMANDS_PER_CORE_MAX * availableParallelism() },
    logsDir: prepareLogsFolder(getLogsFolder(store.path), store.path),
    findCode: (workflow) => host.findCode(workflow),
    knows: role.knows,
    ...(machine === undefined ? {} : { machine }),
    createWakeSource: (watched) => createWakeSource({ ...watched, dir: dirname(store.path), clock }),
  });
}
