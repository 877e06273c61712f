import { render } from "ink-testing-library";
import { expect, test } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { App } from "../../src/ui/app.tsx";
import type { PlacedLogLine, UiPorts } from "../../src/ui/ports.ts";
import type { View } from "../../src/ui/view.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertAttempt, insertRunRows } from "../support/run-rows.ts";
import { insertGate, insertWaitingRun } from "../support/ui-database.ts";
import { insertSchedule, insertSlot } from "../support/ui-schedules.ts";

/** Kinds of attack, each with five endings: 60 strings. */
const KINDS = [
  "\x1b]52;c;UFdORUQ=",
  "\x1b]8;;http://evil",
  "\x1b]0;title",
  "\x1b[8mhidden",
  "\rover",
  "\u202egnp",
  "\u2066isolate",
  "\u200bzero",
  "\x1b[2;2Hmove",
  "\x9b31mC1",
  "\u{e0041}tag",
  "\x1bPq#0",
];
const ENDS = ["", "\x07", "\x1b\\", "\x9c", "\n"];
const ATTACKS = KINDS.flatMap((kind) => ENDS.map((end) => `${kind}${end}`));

/** What may never reach the terminal: no color is drawn here, so each escape is foreign. Rows end in LF. */
const FOREIGN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

async function createHostile(attack: string): Promise<{ ports: UiPorts; failed: number }> {
  const store = await openTestStore();
  const spec = createSpec(`w${attack}`, { [`a${attack}`]: [], [`b${attack}`]: [`a${attack}`] });
  const input = JSON.stringify({ [attack]: attack });
  insertWaitingRun(store, spec, {
    message: `m${attack}`,
    show: [attack, { deep: attack }],
    resolved: { command: { kind: "exec", argv: [attack] } },
  });
  insertGate(store, null, { kind: "ask", message: attack, show: attack });
  const facts = { input, reason: attack, labels: JSON.stringify({ label: attack }) };
  const tasks = { [`a${attack}`]: { output: JSON.stringify(attack) }, [`b${attack}`]: { status: "failed" } } as const;
  const failed = insertRunRows(store, spec, { status: "failed", ...facts, tasks });
  insertAttempt(store, failed, 1, { error: JSON.stringify({ message: attack, name: attack }) });
  const at = Date.now();
  const schedule = insertSchedule(store, {
    workflow: `w${attack}`,
    cron: attack,
    zone: attack,
    nextAt: at,
    file: attack,
  });
  insertSlot(store, schedule, at, "fired", failed);
  store.transaction(() =>
    getScheduleRows(store).saveFileError(attack, JSON.stringify({ message: attack }), Date.now()),
  );
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
  return { ports, failed };
}

test.each(ATTACKS.map((attack) => [JSON.stringify(attack), attack]))(
  "no screen lets %s through",
  async (_name, attack) => {
    const { ports, failed } = await createHostile(attack);
    const views: View[] = [
      { kind: "inbox" },
      { kind: "checkpoint", run: 1, number: 1 },
      { kind: "checkpoint", run: null, number: 2 },
      { kind: "pick", run: 1, number: 1 },
      { kind: "runs" },
      { kind: "schedules" },
      { kind: "slots", schedule: 1 },
      { kind: "workflows" },
      { kind: "run", run: failed },
      { kind: "run", run: 1 },
      { kind: "log", run: 1, task: `a${attack}`, index: null },
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
);
