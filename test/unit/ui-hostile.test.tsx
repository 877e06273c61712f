import { render } from "ink-testing-library";
import { expect, test } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import { App } from "../../src/ui/app.tsx";
import type { PlacedLogLine, UiPorts } from "../../src/ui/ports.ts";
import { TABS, type View } from "../../src/ui/view.ts";
import { ATTACKS, FOREIGN, type Hostile, seedHostile } from "../support/hostile.ts";
import { openTestStore } from "../support/open-test-store.ts";

async function createHostile(attack: string): Promise<{ ports: UiPorts; hostile: Hostile }> {
  const store = await openTestStore();
  const hostile = seedHostile(store, attack);
  const line: PlacedLogLine = { at: 0, mark: "e", text: attack, from: 0, until: 10 };
  const log = { path: "log", task: "a", index: null, generation: 0, attempt: 1 };
  const ports: UiPorts = {
    ...{ store, clock: systemClock, isEngineAlive: () => false, evaluateReturns: () => null },
    ...{ shownPath: attack, host: attack, user: attack, isUnicode: true, readOnlyReason: null },
    logs: {
      list: () => [log],
      measure: () => 10,
      readBefore: (_log, until) => (until === 10 ? [line] : []),
      readAfter: () => [],
    },
    decide: async () => {},
    undo: async () => 1,
    findFault: () => undefined,
    schedules: {
      pause: async () => attack,
      resume: async () => attack,
      trigger: async () => ({ run: 1, text: attack }),
      backfill: async () => ({ count: 1, text: attack }),
    },
    control: async () => attack,
    copy: () => {},
    page: async () => {},
  };
  return { ports, hostile };
}

test.each(ATTACKS.map((attack) => [JSON.stringify(attack), attack]))(
  "no screen lets %s through",
  async (_name, attack) => {
    const { ports, hostile } = await createHostile(attack);
    const views: View[] = [
      ...TABS.map((kind): View => ({ kind })),
      { kind: "slots", schedule: 1 },
      ...[hostile.approved, hostile.waiting, hostile.rejected].flatMap((run): View[] => [
        { kind: "checkpoint", run, number: 1 },
        { kind: "run", run },
      ]),
      { kind: "checkpoint", run: hostile.waiting, number: 2 },
      { kind: "checkpoint", run: null, number: 3 },
      { kind: "pick", run: hostile.waiting, number: 1 },
      { kind: "run", run: hostile.failed },
      { kind: "log", run: hostile.waiting, task: `a${attack}`, index: null },
    ];
    for (const first of views) {
      const { frames, unmount } = render(<App ports={ports} first={first} />);
      unmount();
      const drawn = frames.join("\n");
      expect(drawn.length).toBeGreaterThan(100);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colors of our own are taken away
      expect(drawn.replaceAll(/\x1b\[[\d;]*m/g, (found) => (attack.includes(found) ? found : ""))).not.toMatch(FOREIGN);
    }
  },
  60_000,
);
