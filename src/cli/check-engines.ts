import { basename } from "node:path";
import { createEngineLocks } from "../platform/engine-locks.ts";
import { listMarked } from "../runners/end-orphans.ts";
import { type EngineRecord, listEndedLocks, listOpenEngines } from "../views/list-engines.ts";
import { countNoun } from "./count-noun.ts";
import { nameEngine, nameOpeners } from "./describe-engine.ts";
import type { Finding } from "./inspect-workflows.ts";
import type { Database } from "./open-database.ts";

/** Who executes runs, and what those have left who do no longer. */
export function checkEngines({ store, path }: Database): Finding[] {
  const locks = createEngineLocks(path);
  const open = listOpenEngines(store);
  const isLive = (lock: string): boolean => locks.probe(lock) === "alive";
  const live = open.filter((engine) => isLive(engine.lockFile));
  const lost = open.filter((engine) => !live.includes(engine));
  const known = new Set(open.map((engine) => engine.lockFile));
  const stale = locks
    .list()
    .map((name) => basename(name))
    .filter((name) => !known.has(name) && !isLive(name));
  return [
    ...live.map((engine): Finding => ({ level: "ok", code: "engine", message: `engine: ${nameEngine(engine)}` })),
    ...(live.length > 0 ? [] : [{ level: "ok", code: "no_engine", message: "no engine runs" } as const]),
    ...lost.map((engine): Finding => {
      const fix = "The next engine takes note, and goes on with what was detached: lockstep daemon";
      return { level: "warn", code: "engine_lost", message: `engine lost: ${nameEngine(engine)}.`, fix };
    }),
    ...describeOpeners(path, live),
    ...describeStale(stale, path),
    ...checkSurvivors([...lost.map((engine) => engine.lockFile), ...stale, ...listEndedLocks(store)]),
  ];
}

/** Terminal UIs, commands that follow, programs that read. */
function describeOpeners(path: string, live: readonly EngineRecord[]): Finding[] {
  const others = nameOpeners(path).filter((name) => !live.some(({ pid }) => name.startsWith(`process ${pid} `)));
  if (others.length === 0) return [];
  return [{ level: "ok", code: "open_elsewhere", message: `also open in ${others.join(", ")}` }];
}

function describeStale(stale: readonly string[], path: string): Finding[] {
  if (stale.length === 0) return [];
  const message = `${countNoun(stale.length, "lock")} of engines that are gone, in engines/ beside ${basename(path)}.`;
  return [{ level: "warn", code: "stale_lock", message, fix: "They do no harm; the next engine removes what it can" }];
}

/** Processes of an engine that is dead: its reaper and watchdogs should have ended them. */
function checkSurvivors(locks: readonly string[]): Finding[] {
  const pids = listMarked(locks.map((name) => name.replace(/\.lock$/, "")));
  if (pids.length === 0) return [];
  const message = `${countNoun(pids.length, "process")} of engines that are gone still run: ${pids.slice(0, 10).join(" ")}.`;
  const fix = "They are killed before their tasks run again: lockstep resume --all, or the daemon";
  return [{ level: "warn", code: "survivors", message, fix }];
}
