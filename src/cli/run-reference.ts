import { NotFoundError } from "../core/errors.ts";
import { findLastRunId } from "../views/run-record.ts";
import type { Database } from "./open-database.ts";
import { createUsageError } from "./read-options.ts";

/** What people write for a run or one of its gates. */
export type RunReference = { readonly run: number | "last"; readonly gate: number | undefined };

const REFERENCE = /^(?:#?(\d{1,10})|(@last))(?:\.(\d{1,6}))?$/;

/** Reads `412`, `#412`, `@last`, `412.1` or `@last.1`; undefined for anything else. */
export function parseRunReference(text: string): RunReference | undefined {
  const match = REFERENCE.exec(text);
  if (match === null) return undefined;
  return {
    run: match[1] === undefined ? "last" : Number(match[1]),
    gate: match[3] === undefined ? undefined : Number(match[3]),
  };
}

/**
 * The number of the run that was meant, in this database.
 * @throws {InvalidDefinitionError} where it is not how a run is written
 * @throws {NotFoundError} for `@last` where there is no run yet
 */
export function getRunId(text: string, database: Database | undefined, shownPath: string): number {
  const reference = parseRunReference(text);
  if (reference === undefined) {
    throw createUsageError(`"${text}" is not a run. Expected its number, such as 412, #412 or @last.`);
  }
  if (reference.gate !== undefined) {
    throw createUsageError(`${text} is a checkpoint. Expected a run: ${text.replace(/\.\d+$/, "")}`);
  }
  if (reference.run !== "last") return reference.run;
  const last = database === undefined ? undefined : findLastRunId(database.store);
  if (last === undefined)
    throw new NotFoundError(`No runs yet in ${shownPath}.`, { hint: "Start one: lockstep run FILE" });
  return last;
}

/** For a run that is not there: names the file that was read, since people may look at two. */
export function createRunNotFoundError(
  runId: number,
  database: Database | undefined,
  shownPath: string,
): NotFoundError {
  const last = database === undefined ? undefined : findLastRunId(database.store);
  if (last === undefined) return new NotFoundError(`No run #${runId}: there are no runs yet in ${shownPath}.`);
  return new NotFoundError(`No run #${runId} in ${shownPath}. The newest is #${last}.`, { hint: "All: lockstep runs" });
}
