import { availableParallelism, homedir, hostname } from "node:os";
import { dirname } from "node:path";
import type { MachineResources } from "../core/check-resources.ts";
import { COMMANDS_PER_CORE_MAX, FUNCTIONS_MAX } from "../core/limits.ts";
import type { Ambient } from "../core/ports.ts";
import { readInteger } from "../definition/option-reader.ts";
import { readResources } from "../definition/resource-options.ts";
import { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import { createRunControl } from "../engine/run-control.ts";
import type { Submission } from "../engine/submission.ts";
import { readBootId } from "../platform/boot-id.ts";
import { systemChance } from "../platform/chance.ts";
import { systemClock } from "../platform/clock.ts";
import { createEngineLocks } from "../platform/engine-locks.ts";
import { getLogsFolder, resolveDatabasePath } from "../platform/paths.ts";
import { newUid } from "../platform/uid.ts";
import { createWakeSource } from "../platform/watch-file-change.ts";
import { endSurvivors } from "../runners/end-orphans.ts";
import { createInProcessRunner } from "../runners/in-process-runner.ts";
import { prepareLogsFolder } from "../store/logs-folder.ts";
import { openStore } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import { checkOpenOptions } from "./check-options.ts";
import { createLockstep } from "./create-lockstep.ts";
import type { Lockstep } from "./lockstep.ts";
import type { OpenOptions } from "./open-options.ts";
import { ProgramShelf } from "./program-shelf.ts";
import { SubmitQueue } from "./submit-queue.ts";
import { Work } from "./work.ts";

/** Put in by the build; absent when the sources run as they are. */
declare const LOCKSTEP_VERSION: string | undefined;

/** What `open` does, in a file that is loaded when it is called: a worker that loads a workflow needs none of it. */
export async function openEngine(options: OpenOptions): Promise<Lockstep> {
  return (await openWith(options, { clock: systemClock, chance: systemChance, newUid })).lockstep;
}

export interface Opened {
  readonly lockstep: Lockstep;
  readonly engine: Engine;
  readonly work: Work;
}

/** How often to look for what nobody tells of; left out: as other processes need it. */
export interface Pace {
  readonly othersEveryMs: number;
  readonly slotsEveryMs: number;
}

/** The same with other clocks and chance. */
export async function openWith(options: OpenOptions, ambient: Ambient, pace?: Pace): Promise<Opened> {
  checkOpenOptions(options);
  const machine = readMachine(options);
  const path = findPath(options.db);
  const shelf = new ProgramShelf(options.codeVersion);
  shelf.keepAll(options.workflows ?? []);
  const locks = createEngineLocks(path);
  const store = await openStore({
    path,
    access: "execute",
    clock: ambient.clock,
    sync: options.sync,
    extendWal: options.execute !== false, // who only submits commits seldom
    findLiveEngine: () => locks.findLive(),
  });
  const executes = options.execute !== false;
  const engine = new Engine(createParts({ store, ambient, locks, shelf, executes, machine, pace }));
  try {
    await engine.start();
  } catch (error) {
    store.close();
    throw error;
  }
  const control = createRunControl({
    rows: getRows(store),
    plans: engine.plans,
    locks,
    now: () => ambient.clock.now(),
  });
  const close = async (): Promise<void> => {
    try {
      await engine.stop();
    } finally {
      store.close();
    }
  };
  const submits = executes ? engine : new SubmitQueue(store, engine.plans, ambient);
  const submit = (submission: Submission): Promise<number> => submits.submit(submission);
  const submitNow = (submission: Submission): number => submits.submitNow(submission);
  const { clock, newUid: createUid } = ambient;
  const parts = { store, engine, control, shelf, clock, newUid: createUid, cwd: process.cwd() };
  const work = new Work({ ...parts, executes, looksEveryMs: pace?.slotsEveryMs });
  const lockstep = createLockstep({ ...parts, work, submit, submitNow, close });
  return { engine, work, lockstep };
}

interface Pieces extends Pick<EngineParts, "store" | "ambient" | "locks"> {
  readonly shelf: ProgramShelf;
  readonly executes: boolean;
  readonly machine: MachineResources | undefined;
  readonly pace: Pace | undefined;
}

function createParts({ store, ambient, locks, shelf, executes, machine, pace }: Pieces): EngineParts {
  const { clock } = ambient;
  const runner = createInProcessRunner({
    clock,
    findProgram: (definitionHash, workflowName, runUid) => shelf.find(definitionHash, workflowName, runUid),
  });
  return {
    ...{ store, ambient, locks, runner },
    ...(machine === undefined ? {} : { machine }),
    ...(pace === undefined ? {} : { pulseEveryMs: pace.othersEveryMs }),
    uid: ambient.newUid(),
    killSurvivors: (lockName) => endSurvivors(lockName, clock),
    identity: {
      kind: "library",
      pid: process.pid,
      bootId: readBootId(),
      host: hostname(),
      version: typeof LOCKSTEP_VERSION === "undefined" ? "source" : LOCKSTEP_VERSION,
    },
    places: { function: FUNCTIONS_MAX, command: COMMANDS_PER_CORE_MAX * availableParallelism() },
    logsDir: prepareLogsFolder(getLogsFolder(store.path), store.path),
    knows: (run) => executes && shelf.knows(run.workflow),
    findCode: (workflow, definitionHash) => shelf.findCode(definitionHash, workflow),
    createWakeSource: ({ pollEveryMs, ...watched }) =>
      createWakeSource({
        ...{ ...watched, dir: dirname(store.path), clock },
        pollEveryMs: pace === undefined ? pollEveryMs : () => pace.othersEveryMs,
      }),
  };
}

/** @throws {InvalidDefinitionError} where the options are wrong; nothing was opened. */
function readMachine({ resources, maxConcurrent }: OpenOptions): MachineResources | undefined {
  if (resources === undefined && maxConcurrent === undefined) return undefined;
  const file = "the options of open()";
  const limit = maxConcurrent === undefined ? {} : { maxConcurrent: readInteger(maxConcurrent, "maxConcurrent", 1) };
  return { file, resources: readResources(resources ?? {}), ...limit };
}

function findPath(db: string | undefined): string {
  const { env } = process;
  const cwd = process.cwd();
  return resolveDatabasePath({ flag: db, env, cwd, home: homedir(), readConfigDatabase: () => undefined }).path;
}
