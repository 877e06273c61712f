import { render } from "ink-testing-library";
import { expect, test } from "vitest";
import { App } from "../../src/ui/app.tsx";
import type { LogReference, PlacedLogLine, UiPorts } from "../../src/ui/ports.ts";
import { TABS, type View } from "../../src/ui/view.ts";
import { ATTACKS, FOREIGN, type Hostile, seedHostile } from "../support/hostile.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createUiPorts } from "../support/ui-ports.ts";

async function createHostile(attack: string): Promise<{ ports: UiPorts; hostile: Hostile }> {
  const store = await openTestStore();
  const hostile = seedHostile(store, attack);
  const line: PlacedLogLine = { at: 0, mark: "e", text: attack, from: 0, until: 10 };
  const log = { path: "log", task: "a", index: null, generation: 0, attempt: 1 };
  const logs = {
    list: () => [log],
    measure: () => 10,
    readBefore: (_log: LogReference, until: number) => (until === 10 ? [line] : []),
    readAfter: () => [],
  };
  const ports: UiPorts = { ...createUiPorts(store, attack), logs };
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
