import { InvalidInputError, NotFoundError } from "../core/errors.ts";
import { readBoolean, readOneOf, readRecord, readText, refuseUnknownKeys } from "../definition/option-reader.ts";
import type { OpenOptions } from "./open-options.ts";

const OPEN_OPTIONS = new Set(["db", "workflows", "execute", "resources", "maxConcurrent", "codeVersion", "sync"]);
/** What SQLite takes for a database that is no file, or for an address of one. */
const NO_PATH = /^(:memory:|file:)/;

/**
 * Those that are read nowhere else: what JavaScript hands over is no type's promise.
 * @throws {InvalidDefinitionError | InvalidInputError} where one is wrong; nothing was opened.
 */
export function checkOpenOptions(options: OpenOptions): void {
  refuseUnknownKeys(readRecord(options, "the options of open()"), OPEN_OPTIONS, "the options of open()");
  const { db, execute, sync, codeVersion } = options;
  if (db !== undefined && NO_PATH.test(readText(db, "db", "the path of a file"))) {
    throw new InvalidInputError(
      `db: expected the path of a file, found "${db}". What is durable lies in a file; tests get one of their own from openForTest() of lockstep/testing.`,
    );
  }
  if (execute !== undefined) readBoolean(execute, "execute");
  if (codeVersion !== undefined) readText(codeVersion, "codeVersion");
  if (sync !== undefined) readOneOf(sync, "sync", ["full", "normal"]);
}

/** The number of a run, as `handle.id` has it. */
export function readRunId(run: unknown): number {
  const id = /^[1-9]\d*$/.test(String(run)) ? Number(run) : Number.NaN;
  if (!Number.isSafeInteger(id))
    throw new NotFoundError(`No run "${String(run)}": expected a number, as in handle.id.`);
  return id;
}
