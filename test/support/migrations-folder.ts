import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes migrations as drizzle-kit does: a journal, and a file of SQL for each tag. */
export function writeMigrations(folder: string, migrations: Readonly<Record<string, readonly string[]>>): string {
  const tags = Object.keys(migrations);
  mkdirSync(join(folder, "meta"), { recursive: true });
  writeFileSync(
    join(folder, "meta", "_journal.json"),
    JSON.stringify({ entries: tags.map((tag, idx) => ({ idx, tag })) }),
  );
  for (const [tag, statements] of Object.entries(migrations)) {
    writeFileSync(join(folder, `${tag}.sql`), statements.join("\n--> statement-breakpoint\n"));
  }
  return folder;
}
