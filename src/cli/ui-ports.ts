/**
 * What the terminal UI is given of the world. Owns nothing: whoever made the database closes it.
 */
import { spawn } from "node:child_process";
import { evaluateReturns } from "../definition/yaml/evaluate-returns.ts";
import type { DecideRequest } from "../engine/decide.ts";
import type { RunControl } from "../engine/run-control.ts";
import { undoDecision } from "../engine/undo.ts";
import { readPerson } from "../platform/person.ts";
import { createFaultFinder } from "../store/find-fault.ts";
import { getRows } from "../store/rows.ts";
import { describeNoEngine, findActingEngine, nameActingEngine } from "../views/acting-engine.ts";
import type { CommandContext } from "./command-context.ts";
import { controlRuns } from "./control-runs.ts";
import { decideAsPerson, readActor } from "./decide-as-person.ts";
import { createLogPages } from "./log-pages.ts";
import type { Database } from "./open-database.ts";
import { createScheduleActions } from "./schedule-actions.ts";

/** @param readOnlyReason why nothing can be decided; null: it can */
export function createUiPorts(context: CommandContext, database: Database, readOnlyReason: string | null) {
  const { store, path, shownPath, isEngineAlive } = database;
  const { clock, env, output } = context;
  const person = readPerson(env);
  const control = controlRuns(context, database);
  return {
    ...{ store, clock, isEngineAlive, evaluateReturns, shownPath, readOnlyReason, isUnicode: output.unicode },
    ...{ host: person.host, user: person.user, logs: createLogPages(path) },
    async decide(request: Pick<DecideRequest, "run" | "number" | "seenHash" | "decision">): Promise<void> {
      await decideAsPerson(context, database, { ...request, via: "ui" });
    },
    async undo(gate: { readonly run: number | null; readonly number: number }): Promise<number> {
      const request = { ...gate, by: readActor(context), via: "ui" };
      return (await store.writeTransaction(() => undoDecision(getRows(store), request, clock.now()))).number;
    },
    schedules: createScheduleActions(context, database),
    findFault: createFaultFinder(store),
    control: (action: Action, run: number, from?: string) =>
      store.writeTransaction(
        () => `${controlRun(control, action, run, from ?? null)}${describeNext(database, action, run)}`,
      ),
    onResize(callback: () => void) {
      process.on("SIGWINCH", callback);
      return () => void process.off("SIGWINCH", callback);
    },
    copy: (text: string) => output.writeOut(`\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`),
    page: (text: string) => openPager(env, text),
  };
}

type Action = "cancel" | "pause" | "resume" | "retry";

/** Each returns a sentence for the message row. */
function controlRun(control: RunControl, action: Action, run: number, from: string | null): string {
  if (action === "retry") {
    const { kept, again } = control.retry(run, from);
    return `#${run}: keeps ${kept}, runs ${again.length} again`;
  }
  const { isDone, status } = action === "cancel" ? control.cancel(run, null) : control[action](run);
  return isDone ? `#${run} ${status}` : `#${run}: its engine is told to ${action}`;
}

/** Who executes what is queued now. */
function describeNext({ store, isEngineAlive }: Database, action: Action, run: number): string {
  if (action === "cancel" || action === "pause") return "";
  const engine = findActingEngine(store, run, isEngineAlive);
  return engine === undefined ? `. ${describeNoEngine(store, run)}` : ` (${nameActingEngine(engine)})`;
}

/** `$PAGER`, or `less`. What it is given is sanitized; `less` may start no other program. */
function openPager(env: NodeJS.ProcessEnv, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(env.PAGER || "less", {
      shell: true,
      env: { LESS: "-+F", ...env, LESSSECURE: "1" },
      stdio: ["pipe", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", () => resolve());
    // Who leaves the pager early has seen enough.
    child.stdin.on("error", () => {});
    child.stdin.end(`${text}\n`);
  });
}
