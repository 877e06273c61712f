import type { Store } from "../store/open-store.ts";

/** What a view reads through. Views never write. */
export type ReadStore = Pick<Store, "db">;

/** Prepares statements at their first use and keeps them as long as the store: a screen asks ten times a second. */
export function oncePerStore<Prepared>(prepare: (store: ReadStore) => Prepared): (store: ReadStore) => Prepared {
  const prepared = new WeakMap<ReadStore, Prepared>();
  return (store) => {
    const known = prepared.get(store);
    if (known !== undefined) return known;
    const made = prepare(store);
    prepared.set(store, made);
    return made;
  };
}
