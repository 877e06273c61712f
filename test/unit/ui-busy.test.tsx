import { render } from "ink-testing-library";
import { expect, test } from "vitest";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import type { Store } from "../../src/store/open-store.ts";
import { App } from "../../src/ui/app.tsx";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec } from "../support/run-rows.ts";
import { insertWaitingRun } from "../support/ui-database.ts";
import { createUiPorts } from "../support/ui-ports.ts";
import { waitUntil } from "../support/wait-until.ts";

/** A store that cannot be read while `isBusy` is true. */
function createBusyStore(store: Store): { store: Store; state: { isBusy: boolean } } {
  const state = { isBusy: false };
  const refuse = (): void => {
    if (state.isBusy) throw new Error("database is locked");
  };
  const db = new Proxy(store.db, {
    get(target, name) {
      refuse();
      return Reflect.get(target, name);
    },
  });
  const dataVersion = (): number => {
    refuse();
    return store.dataVersion();
  };
  return { store: { ...store, db, dataVersion }, state };
}

test("while the database cannot be read, what was read last stays, with its age; then it is live again", async () => {
  const spec = createSpec("backup", { dump: [], prune: ["dump"] });
  const real = await openTestStore();
  insertWaitingRun(real, spec, { message: "Delete them?" });
  const { store, state } = createBusyStore(real);
  const clock = createSimulatedClock(Date.now());
  const { lastFrame, unmount } = render(
    <App ports={{ ...createUiPorts(store, "x"), clock }} first={{ kind: "inbox" }} />,
  );
  const awaitFrame = (what: string, fits: (frame: string) => boolean) =>
    waitUntil(() => {
      clock.advance(100);
      return fits(lastFrame() ?? "");
    }, what);
  await awaitFrame("it shows what waits", (frame) => frame.includes("Delete them?"));
  state.isBusy = true;
  await awaitFrame("it says that the database is busy", (frame) => frame.includes("Database busy, these data are"));
  expect(lastFrame()).toContain("Delete them?");
  expect(lastFrame()).toMatch(/these data are [2-9]s old: database is locked/);
  insertWaitingRun(real, spec, { message: "And these?" });
  state.isBusy = false;
  await awaitFrame("it is live again", (frame) => frame.includes("And these?") && !frame.includes("Database busy"));
  unmount();
});
