import { workflow } from "../../src/definition/workflow.ts";
import { createSimulatedClock, type SimulatedClock } from "../../src/platform/simulated-clock.ts";
import type { AnyWorkflow, TestEngine } from "./test-engine.ts";

/** What tasks under a simulated clock did, and how many of them at once. */
export interface BusyTasks {
  readonly clock: SimulatedClock;
  /** Names in the order of starting, and when that was, in ms from the beginning. */
  readonly started: { readonly name: string; readonly atMs: number }[];
  /** Most that was in use at once, by resource. */
  readonly most: Record<string, number>;
  /** Works for so long, and counts what it uses meanwhile. */
  work(name: string, ms: number, uses?: Readonly<Record<string, number>>): Promise<void>;
}

export function createBusyTasks(clock: SimulatedClock): BusyTasks {
  const beganAt = clock.now();
  const started: BusyTasks["started"] = [];
  const most: Record<string, number> = {};
  const inUse: Record<string, number> = {};
  return {
    ...{ clock, started, most },
    async work(name, ms, uses = {}) {
      started.push({ name, atMs: clock.now() - beganAt });
      for (const [resource, amount] of Object.entries(uses)) {
        const now = (inUse[resource] ?? 0) + amount;
        inUse[resource] = now;
        most[resource] = Math.max(most[resource] ?? 0, now);
      }
      await new Promise<void>((resolve) => void clock.schedule(ms, resolve));
      for (const [resource, amount] of Object.entries(uses)) inUse[resource] = (inUse[resource] ?? 0) - amount;
    },
  };
}

/** What attempts have, and what is asked of other engines. */
export function listHolds({ store }: TestEngine): unknown[] {
  return store.sqlite.prepare("SELECT * FROM hold").all();
}

interface MapOptions {
  readonly count: number;
  readonly ms: number;
  readonly uses: Record<string, number>;
}

/** A workflow of one map whose instances use something for so long. */
export function createMap(
  busy: BusyTasks,
  name: string,
  resources: object,
  { count, ms, uses }: MapOptions,
): AnyWorkflow {
  const wf = workflow(name, { resources: resources as never });
  const items = Array.from({ length: count }, (_, index) => index);
  wf.map("each", { over: () => items, uses }, ({ item }) => busy.work(`${name}${item}`, ms, uses));
  return wf;
}

/** What the directory watch does for engines of different processes. */
export function hintEachOther(): { engines: TestEngine[]; onTurn: () => void } {
  const engines: TestEngine[] = [];
  const onTurn = (): void => {
    for (const { engine } of engines) engine.hint();
  };
  return { engines, onTurn };
}

export function setUp(): BusyTasks {
  return createBusyTasks(createSimulatedClock());
}
