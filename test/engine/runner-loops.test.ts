import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { Outcome } from "../../src/runners/runner.ts";
import { createWorkerRunner } from "../../src/runners/worker-runner.ts";
import { createAssignment, NEVER } from "../support/assignments.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { isAlive, waitUntil } from "../support/wait-until.ts";

const FILE = join(import.meta.dirname, "../support/fixtures/deaths.ts");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-loops-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function beginForever(signal: AbortSignal) {
  const clock = new ManualClock();
  const { runner, host } = createWorkerRunner({ clock, cores: 1, engineUid: "test-loops" });
  const described = await host.describeModule(FILE);
  if (!described.ok) throw new Error(described.error.message);
  const { specJson, definitionHash } = described.description;
  const spec = JSON.parse(specJson) as WorkflowSpec;
  const taskIndex = spec.tasks.findIndex((task) => task.id === "forever");
  const begun = join(folder, "begun");
  const inputJson = JSON.stringify({ begun });
  const outcome = runner.execute(createAssignment(spec, { taskIndex, definitionHash, inputJson, alone: true }), signal);
  await waitUntil(() => existsSync(begun) && readFileSync(begun, "utf8") !== "", "the loop has begun");
  return { clock, runner, outcome, pid: Number(readFileSync(begun, "utf8")) };
}

/** Turns the clock a second at a time, as far as that is needed; says for how many seconds. */
async function turnUntil(clock: ManualClock, outcome: Promise<Outcome>, secondsMax: number): Promise<number> {
  let over = false;
  void outcome.then(() => {
    over = true;
  });
  for (let seconds = 0; seconds < secondsMax; seconds += 1) {
    clock.advance(1_000);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    if (over) return seconds;
  }
  await outcome;
  return secondsMax;
}

test("an endless loop without a timeout is ended after a minute, and the error says what to do", async () => {
  const { clock, runner, outcome, pid } = await beginForever(NEVER);
  await turnUntil(clock, outcome, 65);
  expect(await outcome).toMatchObject({
    kind: "failed",
    status: "unresponsive",
    retryable: false,
    error: {
      message:
        "stopped answering for 1m (an endless loop?); its process was ended. If it computes for long, give it a timeout: that is its limit then.",
    },
  });
  expect(isAlive(pid)).toBe(false);
  await runner.close();
});

test("a cancel ends an endless loop after its grace", async () => {
  const controller = new AbortController();
  const { clock, runner, outcome, pid } = await beginForever(controller.signal);
  controller.abort();
  await turnUntil(clock, outcome, 20);
  expect(await outcome).toMatchObject({ kind: "failed", status: "canceled" });
  expect(isAlive(pid)).toBe(false);
  await runner.close();
});

test("closing ends an endless loop after its grace: it is interrupted and will be run again", async () => {
  const { clock, runner, outcome, pid } = await beginForever(NEVER);
  const closed = runner.close();
  await turnUntil(clock, outcome, 20);
  await closed;
  expect(await outcome).toMatchObject({ kind: "interrupted" });
  expect(isAlive(pid)).toBe(false);
});
