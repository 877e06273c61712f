import type { Rows } from "../store/rows.ts";

/** The task within whose command this process runs. */
export interface AskingTask {
  readonly run: number;
  readonly task: { readonly id: string; readonly index: number | null };
}

/** What the environment says of it: Lockstep sets that for each command. Undefined: there is none. */
export function readAskingTask(env: NodeJS.ProcessEnv): AskingTask | undefined {
  const { LOCKSTEP_RUN: run, LOCKSTEP_TASK: id, LOCKSTEP_INDEX: index, LOCKSTEP_ENGINE: engine } = env;
  if (!run || !id || !engine || !/^\d+$/.test(run)) return undefined;
  return { run: Number(run), task: { id, index: index ? Number(index) : null } };
}

/** The same, where this database is the one that the run is in: its engine is the one that started the command. */
export function findAskingTask({ runs, engines }: Rows, env: NodeJS.ProcessEnv): AskingTask | undefined {
  const asking = readAskingTask(env);
  const engineId = asking === undefined ? null : (runs.find(asking.run)?.engineId ?? null);
  const lockFile = engineId === null ? undefined : engines.find(engineId)?.lockFile;
  return lockFile === `${env.LOCKSTEP_ENGINE}.lock` ? asking : undefined;
}
