/**
 * A program that starts runs and does with them what its parent says, until it is told to stop or is killed. Arguments:
 * the database, and `executes` or not. What it is refused, of a run that has changed meanwhile, is nothing to tell.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  ConflictError,
  InvalidInputError,
  open,
  StaleDecisionError,
  type Workflow,
  workflow,
} from "../../src/index.ts";
import type { ACTS, KINDS, Order, Told } from "./random-orders.ts";

const chance = (sides: number): number => Math.floor(Math.random() * sides);
const work = (): Promise<number> => sleep(chance(5), 1);
/** A question that takes its time to be prepared. */
const asking = { message: () => sleep(chance(8), "Go on?"), risk: "low" as const };
const fail = async (): Promise<number> => {
  await work();
  if (chance(2) === 0) throw new Error("no");
  return 1;
};

/** None of them needs an input. */
type Programs = Record<(typeof KINDS)[number], Workflow<object, unknown>>;

function createWorkflows(): Programs {
  const quick = workflow("quick");
  const one = quick.task("a", () => 1);
  quick.task("b", { after: [quick.task("c", { after: [one] }, work)] }, () => 3);
  const asks = workflow("asking");
  const first = asks.task("a", () => 1);
  asks.task("b", { after: [asks.task("c", { after: [first], checkpoint: asking }, work)], checkpoint: asking }, work);
  const flaky = workflow("flaky", { onFailure: "stop" });
  const tried = flaky.task("a", { retry: { attempts: 2, backoff: "20ms" } }, fail);
  flaky.task("b", { after: [tried, flaky.task("c", { checkpoint: asking }, work)] }, work);
  flaky.task("clean", { after: [tried], when: "all_done" }, work);
  const wide = workflow("wide", { strategy: "eager", resources: { few: { slots: 40 } } });
  const list = wide.task("a", () => [1, 2, 3, 4, 5]);
  const each = wide.map("b", { over: list, tolerate: 2, uses: ["few"], retry: { attempts: 2, backoff: "10ms" } }, fail);
  wide.task("c", { after: [each] }, work);
  const parent = workflow("parent");
  parent.child("b", { workflow: asks, after: [parent.task("a", work)] }, () => ({}));
  parent.task("c", work);
  const hurried = workflow("hurried", { timeout: "300ms" });
  const slow = hurried.task("a", ({ signal }) => sleep(chance(400), 1, { signal }));
  hurried.task("b", { after: [slow], checkpoint: { ...asking, timeout: "100ms", onTimeout: "reject" } }, work);
  return { quick, asking: asks, flaky, wide, parent, hurried } as unknown as Programs;
}

function tell(told: Told): void {
  process.send?.(told);
}

const [db = "", role] = process.argv.slice(2);
const workflows = createWorkflows();
const lockstep = await open({ db, workflows: Object.values(workflows), execute: role === "executes" });
const act = (run: string, what: (typeof ACTS)[number]): void => {
  const handle = lockstep.handle(run);
  if (what === "cancel") return handle.cancel("not needed");
  if (what === "pause") return handle.pause();
  if (what === "resume") return handle.resume();
  if (what === "retry" || what === "from") return handle.retry(what === "from" ? { from: "a" } : {});
  const [open] = lockstep.checkpoints({ run });
  if (open === undefined) return;
  const texts = { approve: {}, reject: { reason: "not now" }, redo: { feedback: "again" } }[what];
  lockstep.decide(open, { decision: what, ...texts } as never, { kind: "person", name: "ada" });
};
process.on("message", async (order: Order) => {
  if (order.t === "stop") return void lockstep.close().then(() => process.exit());
  try {
    if (order.t === "act") act(order.run, order.act);
    else tell({ t: "started", run: lockstep.start(workflows[order.kind], {}).id });
  } catch (error) {
    const isRefused = [ConflictError, InvalidInputError, StaleDecisionError].some((kind) => error instanceof kind);
    if (!isRefused) tell({ t: "failed", order: JSON.stringify(order), error: String(error) });
  }
});
tell({ t: "ready" });
