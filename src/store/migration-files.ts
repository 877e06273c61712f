import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../core/errors.ts";

/** One step of the schema, as drizzle-kit generated it. */
export interface Migration {
  readonly tag: string;
  /** sha256 of its text, as hexadecimal. */
  readonly hash: string;
  readonly statements: readonly string[];
}

/** Put in by the build, so that no start reads and hashes them again; absent when the sources run as they are. */
declare const LOCKSTEP_MIGRATIONS: readonly Migration[] | undefined;

/** From `dist/` and from `src/store/`: the bundle and the sources lie at different depths in the package. */
const FOLDERS = ["../migrations", "../../migrations"];

/** The migrations of this version of Lockstep, oldest first. */
export function readMigrations(folder?: string): readonly Migration[] {
  if (folder === undefined && typeof LOCKSTEP_MIGRATIONS !== "undefined") return LOCKSTEP_MIGRATIONS;
  return readMigrationFiles(folder ?? findMigrationsFolder());
}

function readMigrationFiles(folder: string): readonly Migration[] {
  const journal: unknown = JSON.parse(readFileSync(join(folder, "meta/_journal.json"), "utf8"));
  return listTags(journal).map((tag) => {
    const text = readFileSync(join(folder, `${tag}.sql`), "utf8");
    const statements = text.split("--> statement-breakpoint").map((statement) => statement.trim());
    return { tag, hash: createHash("sha256").update(text).digest("hex"), statements: statements.filter(Boolean) };
  });
}

function findMigrationsFolder(): string {
  const folder = FOLDERS.map((path) => join(import.meta.dirname, path)).find((path) =>
    existsSync(join(path, "meta/_journal.json")),
  );
  assert(folder !== undefined, `migrations/ lies in the package, beside the folder of ${import.meta.filename}`);
  return folder;
}

function listTags(journal: unknown): string[] {
  assert(
    typeof journal === "object" && journal !== null && "entries" in journal && Array.isArray(journal.entries),
    "meta/_journal.json has entries",
  );
  return journal.entries.map((entry: unknown) => {
    const tag = typeof entry === "object" && entry !== null && "tag" in entry ? entry.tag : undefined;
    assert(typeof tag === "string", "each entry of meta/_journal.json has a tag");
    return tag;
  });
}
