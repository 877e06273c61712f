import { systemClock } from "../../src/platform/clock.ts";
import type { Store } from "../../src/store/open-store.ts";
import type { UiPorts } from "../../src/ui/ports.ts";

/** A world in which nothing is done, and in which all that is said is this text. */
export function createUiPorts(store: Store, text: string): UiPorts {
  return {
    ...{ store, clock: systemClock, isEngineAlive: () => false, evaluateReturns: () => null },
    ...{ shownPath: text, host: text, user: text, isUnicode: true, readOnlyReason: null },
    logs: { list: () => [], measure: () => 0, readBefore: () => [], readAfter: () => [] },
    decide: async () => {},
    undo: async () => 1,
    findFault: () => undefined,
    schedules: {
      pause: async () => text,
      resume: async () => text,
      trigger: async () => ({ run: 1, text }),
      backfill: async () => ({ count: 1, text }),
    },
    control: async () => text,
    onResize: () => () => {},
    copy: () => {},
    page: async () => {},
  };
}
