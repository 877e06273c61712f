import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { BUILT_COMMAND } from "./built-command.ts";
import { callLockstep, type Ran } from "./command-line.ts";
import { type LockstepProcess, startLockstep } from "./lockstep-process.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** A folder with workflows and a database, for daemons in processes of their own: the built command. */
export interface DaemonProject {
  readonly folder: string;
  /** Writes `workflows/NAME`; returns its path. */
  write(name: string, text: string): string;
  start(...argv: string[]): LockstepProcess;
  startWith(env: NodeJS.ProcessEnv, ...argv: string[]): LockstepProcess;
  /** A command beside the daemon, in this process. */
  call(...argv: string[]): Promise<Ran>;
  /** Rows of a query, through a connection of its own. */
  query<Row>(sql: string): Row[];
  /** Changes rows by hand, while nothing runs. */
  change(sql: string): void;
}

export function createDaemonProject(files: Readonly<Record<string, string>>): DaemonProject {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, "workflows"), { mode: 0o700 });
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  const write = (name: string, text: string): string => {
    const file = join(folder, "workflows", name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const startWith = (env: NodeJS.ProcessEnv, ...argv: string[]): LockstepProcess =>
    startLockstep(folder, ["daemon", "--workflows", "workflows", ...argv], env, BUILT_COMMAND);
  return {
    folder,
    write,
    start: (...argv) => startWith({}, ...argv),
    startWith,
    call: (...argv) => callLockstep(folder, argv),
    query<Row>(sql: string): Row[] {
      const db = new Database(join(folder, ".lockstep/lockstep.db"), { readonly: true });
      const rows = db.prepare<[], Row>(sql).all();
      db.close();
      return rows;
    },
    change(sql) {
      const db = new Database(join(folder, ".lockstep/lockstep.db"));
      db.exec(sql);
      db.close();
    },
  };
}

/** A schedule of each second, whose runs may overlap. */
export const TICK = `name: tick
schedule: { cron: "* * * * * *", overlap: allow, catchup: all }
tasks:
  one: { run: "echo hi" }
`;
