import { DatabaseError } from "../../src/core/errors.ts";
import type { Store } from "../../src/store/open-store.ts";
import { retryBusyNow } from "../../src/store/retry-busy.ts";

/**
 * What happens to a transaction: nothing, or something is thrown before it, at its commit (its work was done, and is
 * rolled back), or after it was committed.
 */
export type Fault = { readonly at: "before" | "commit" | "after"; readonly error: Error } | undefined;

export interface FaultyStore {
  readonly wrap: (store: Store) => Store;
  /** Transactions so far. */
  count(): number;
}

/** A store whose n-th transaction (n from 1) fails as `judge` says. */
export function createFaultyStore(judge: (n: number) => Fault = () => undefined): FaultyStore {
  let count = 0;
  return {
    count: () => count,
    wrap(store) {
      const transaction = <T>(work: () => T): T => {
        const fault = judge(++count);
        if (fault?.at === "before") throw fault.error;
        const result = store.transaction(() => {
          const done = work();
          if (fault?.at === "commit") throw fault.error;
          return done;
        });
        if (fault?.at === "after") throw fault.error;
        return result;
      };
      return { ...store, transaction, writeTransaction: async (work) => retryBusyNow(() => transaction(work)) };
    },
  };
}

/**
 * The store of a process that is killed at the commit of its n-th transaction, or just after it: nothing that it does
 * later is written. `onDeath` is called then, once.
 */
export function createKilledStore(n: number, at: "commit" | "after", onDeath: () => void): FaultyStore {
  return createFaultyStore((count) => {
    if (count < n) return undefined;
    if (count === n) onDeath();
    return { at: count === n ? at : "before", error: new DatabaseError("database_io", "the process was killed") };
  });
}
