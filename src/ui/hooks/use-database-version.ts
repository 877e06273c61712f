import { useEffect, useState } from "react";
import type { DatabaseError } from "../../core/errors.ts";
import type { UiPorts } from "../ports.ts";

/** Milliseconds between looks: what another process has written is on the screen within 250. */
export const POLL_EVERY_MS = 100;

export interface DatabaseVersion {
  readonly version: number;
  /** Why this file can no longer be used; undefined: it can. */
  readonly fault: DatabaseError | undefined;
  refresh(): void;
}

/** A number that rises whenever another process has written (`PRAGMA data_version`, 4 µs), or `refresh` was called. */
export function useDatabaseVersion(ports: UiPorts): DatabaseVersion {
  const { store, clock } = ports;
  const [fault, setFault] = useState<DatabaseError | undefined>(undefined);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    let seen = -1;
    let cancel = (): void => {};
    const look = (): void => {
      cancel = clock.schedule(POLL_EVERY_MS, look);
      setFault(ports.findFault());
      const found = readVersion(store);
      if (found !== seen) setVersion((known) => known + 1);
      seen = found;
    };
    look();
    return () => cancel();
  }, [ports, store, clock]);
  return { version, fault, refresh: () => setVersion((known) => known + 1) };
}

/** While the file cannot be read its version is unknown: each look then tries the screen's own query again. */
function readVersion(store: UiPorts["store"]): number {
  try {
    return store.dataVersion();
  } catch {
    return Number.NaN;
  }
}
