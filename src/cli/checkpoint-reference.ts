import type { CheckpointView } from "../core/checkpoint-view.ts";
import { ConflictError, NotFoundError } from "../core/errors.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { findLastRunId } from "../views/run-record.ts";
import type { Database } from "./open-database.ts";
import { createUsageError } from "./read-options.ts";
import { parseRunReference } from "./run-reference.ts";

const ASK = /^#?ask-(\d{1,10})$/;

/**
 * The checkpoint that a person means: `412.1`, `ask-7`, or `412` where one gate is open there.
 * @throws {NotFoundError} where there is none, {ConflictError} where a run has several that are open
 */
export function getCheckpoint(text: string, { store, shownPath }: Database): CheckpointView {
  const ask = ASK.exec(text);
  if (ask !== null) {
    const found = listCheckpoints(store, { number: Number(ask[1]) }).find(({ run }) => run === null);
    if (found !== undefined) return found;
    throw createNotFound(text, shownPath);
  }
  const reference = parseRunReference(text);
  if (reference === undefined) {
    throw createUsageError(
      `"${text}" is not a checkpoint. Expected one such as 412.1 or ask-7, or the number of a run.`,
    );
  }
  const run = reference.run === "last" ? findLastRunId(store) : reference.run;
  if (run === undefined) throw createNotFound(text, shownPath);
  if (reference.gate === undefined) return getOpenOfRun(run, listCheckpoints(store, { run }), shownPath);
  const [found] = listCheckpoints(store, { run, number: reference.gate });
  if (found === undefined) throw createNotFound(text, shownPath);
  return found;
}

function getOpenOfRun(run: number, all: readonly CheckpointView[], shownPath: string): CheckpointView {
  const open = all.filter(({ status }) => status === "open");
  const [first, second] = open;
  if (first === undefined) {
    throw new NotFoundError(`Nothing waits for a decision in run #${run} (${shownPath}).`, {
      hint: "All that wait: lockstep checkpoints",
    });
  }
  if (second === undefined) return first;
  throw new ConflictError(`Run #${run} waits at ${open.map(({ id }) => id).join(", ")}. Name one of them.`);
}

function createNotFound(text: string, shownPath: string): NotFoundError {
  return new NotFoundError(`No checkpoint ${text} in ${shownPath}.`, { hint: "All that wait: lockstep checkpoints" });
}
