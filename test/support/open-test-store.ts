import { join } from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/open-store.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** A real file in a folder of its own, closed and removed after the test. */
export async function openTestStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const path = options.path ?? join(createTemporaryFolder(), "state", "lockstep.db");
  const store = await openStore({ access: "write", clock: systemClock, ...options, path });
  onTestFinished(() => store.close());
  return store;
}
