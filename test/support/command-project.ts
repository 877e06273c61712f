import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Store } from "../../src/store/open-store.ts";
import { callLockstep, type Ran } from "./command-line.ts";
import { openTestStore } from "./open-test-store.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** A folder with its own database, as a person's project is. */
export interface Project {
  readonly folder: string;
  readonly store: Store;
  readonly call: (...argv: string[]) => Promise<Ran>;
}

export async function createProject(): Promise<Project> {
  const folder = createTemporaryFolder();
  const path = join(folder, ".lockstep", "lockstep.db");
  mkdirSync(dirname(path), { mode: 0o700 });
  const store = await openTestStore({ path });
  return { folder, store, call: (...argv) => callLockstep(folder, argv) };
}
