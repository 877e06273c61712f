import { join } from "node:path";
import type { EngineLocks } from "../core/ports.ts";
import {
  acquireEngineLock,
  findLiveEngineLock,
  listEngineLocks,
  probeEngineLock,
  removeEngineLock,
} from "./engine-lock.ts";
import { getEnginesFolder } from "./paths.ts";

/** The locks beside a database, as open as the database is. */
export function createEngineLocks(databasePath: string): EngineLocks {
  const dir = getEnginesFolder(databasePath);
  return {
    acquire: (uid) => acquireEngineLock(dir, uid, databasePath),
    probe: (name) => probeEngineLock(join(dir, name)),
    findLive: () => findLiveEngineLock(dir),
    list: () => listEngineLocks(dir),
    remove: (name) => removeEngineLock(join(dir, name)),
  };
}
