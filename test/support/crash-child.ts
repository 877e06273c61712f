/**
 * A program that uses the library and is killed at any moment: brings a run of its workflow to its end. Arguments: the
 * database, the file that its tasks append their effects to, and the key of the run.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { open, workflow } from "../../src/index.ts";
import type { Effect } from "./effects-history.ts";

const [db = "", effectsFile = "", key = ""] = process.argv.slice(2);

interface Call {
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** One write of one line: a kill leaves it whole, or out. */
function note(call: Call, phase: Effect["phase"]): void {
  const effect: Effect = { key: call.idempotencyKey, attempt: call.attempt, phase, pid: process.pid };
  const file = openSync(effectsFile, "a");
  writeSync(file, `${JSON.stringify(effect)}\n`);
  closeSync(file);
}

async function act<T>(call: Call, result: T): Promise<T> {
  note(call, "begin");
  await wait(3);
  note(call, "done");
  return result;
}

const wf = workflow("crashing", { maxConcurrent: 6 });
const list = wf.task("list", (call) =>
  act(
    call,
    Array.from({ length: 60 }, (_, item) => item),
  ),
);
const each = wf.map("each", { over: list, maxConcurrent: 4 }, (call) => act(call, call.item * 2));
const flaky = wf.task("flaky", { needs: { list }, retry: { attempts: 20, backoff: "5ms" } }, async (call) => {
  if (call.attempt % 2 === 1) throw new Error("at every other attempt");
  return await act(call, "x".repeat(3_000));
});
const total = wf.task("total", { needs: { each, flaky } }, ({ needs, ...call }) =>
  act(call, needs.each.reduce((sum, value) => sum + value, 0) + needs.flaky.length),
);
let last = wf.task("chain0", { needs: { total } }, ({ needs, ...call }) => act(call, needs.total));
for (let index = 1; index < 12; index++) {
  const before = last;
  last = wf.task(`chain${index}` as "chain0", { needs: { total: before } }, ({ needs, ...call }) =>
    act(call, needs.total),
  );
}
wf.returns(last);

const lockstep = await open({ db, workflows: [wf] });
console.log("begins");
const result = await lockstep.run(wf, undefined as never, { key });
await lockstep.close();
console.log(`ends ${String(result)}`);
