import { expect, test } from "vitest";
import { createDeliver, type Deliver } from "../../src/daemon/deliver-notice.ts";
import type { NoticeMessage } from "../../src/daemon/notice-message.ts";
import { Notifier } from "../../src/daemon/notifier.ts";
import type { NotifyChannel } from "../../src/definition/config/config.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { HOUR_MS, openOne, START_AT } from "../support/slot-firer.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { type AnyWorkflow, startTestEngine, type TestEngine } from "../support/test-engine.ts";
import { waitUntil } from "../support/wait-until.ts";

const CHANNEL: NotifyChannel = { kind: "command", command: ["true"], timeoutMs: 1_000 };
const ORIGIN = { host: "srv1", database: "/x/lockstep.db" };

/** A channel that answers as the test says, and keeps what it was told. */
function createChannel(answers: readonly ("taken" | "refused")[] = []) {
  const told: NoticeMessage[] = [];
  const events: string[] = [];
  const left = [...answers];
  const deliver: Deliver = async (_name, _channel, message) => {
    told.push(message);
    if (left.shift() === "refused") throw new Error("no");
  };
  return { told, events, deliver };
}

function createNotifier({ store, clock }: TestEngine, { deliver, events }: ReturnType<typeof createChannel>): Notifier {
  const log = (event: string): void => void events.push(event);
  return new Notifier({ store, clock, origin: ORIGIN, channels: { ops: CHANNEL }, deliver, log });
}

function createFailing(): AnyWorkflow {
  const wf = workflow("backup", { notify: { failed: "ops", succeeded: "ops", checkpoint: "ops" } });
  const dump = wf.task("dump", () => {
    throw new Error("disk \u001b[31mgone");
  });
  wf.task("verify", { after: [dump] }, () => 1);
  return wf;
}

test("a failed run is told once, with what failed and the line that opens it", async () => {
  const wf = createFailing();
  const engine = await startTestEngine({ workflows: [wf] });
  const channel = createChannel();
  const notifier = createNotifier(engine, channel);
  await notifier.begin();
  await engine.reach(await engine.submit(wf));
  await notifier.flush();
  await notifier.flush();
  expect(channel.told).toMatchObject([
    { kind: "failed", host: "srv1", workflow: "backup", run: 1, failed: ["dump"], open: "lockstep show 1" },
  ]);
  expect(JSON.stringify(channel.told)).not.toContain("\\u001b");
  expect(channel.told[0]?.text).toMatch(/^backup #1 failed on srv1: /);
});

test("what happened before the first notifier began is not told, and what a run does twice is told twice", async () => {
  const wf = createFailing();
  const engine = await startTestEngine({ workflows: [wf] });
  await engine.reach(await engine.submit(wf));
  const channel = createChannel();
  const notifier = createNotifier(engine, channel);
  await notifier.begin();
  await notifier.flush();
  expect(channel.told).toEqual([]);
  for (let round = 0; round < 2; round++) {
    engine.change((control) => control.retry(1, null));
    await engine.drive(engine.engine.takeUp(1));
    await engine.reach(1);
    await notifier.flush();
  }
  expect(channel.told.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
});

test("two notifiers on one file tell a channel once", async () => {
  const wf = createFailing();
  const engine = await startTestEngine({ workflows: [wf] });
  const [one, other] = [createChannel(), createChannel()];
  const notifiers = [createNotifier(engine, one), createNotifier(engine, other)] as const;
  for (const notifier of notifiers) await notifier.begin();
  await engine.reach(await engine.submit(wf));
  await Promise.all(notifiers.map((notifier) => notifier.flush()));
  expect([...one.told, ...other.told]).toHaveLength(1);
});

test("a channel that refuses is tried again after 1, 2, 4 … seconds, at most 5 minutes apart, ten times in all", async () => {
  const wf = createFailing();
  const engine = await startTestEngine({ workflows: [wf] });
  const channel = createChannel(Array(10).fill("refused"));
  const notifier = createNotifier(engine, channel);
  await notifier.begin();
  await engine.reach(await engine.submit(wf));
  const waits: number[] = [];
  for (let last = engine.clock.now(); channel.told.length < 10; ) {
    const before = channel.told.length;
    await notifier.flush();
    if (channel.told.length > before) {
      waits.push((engine.clock.now() - last) / 1_000);
      last = engine.clock.now();
    }
    engine.clock.advance(1_000);
  }
  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256]);
  engine.clock.advance(600_000);
  await notifier.flush();
  expect(channel.told).toHaveLength(10);
  const row = engine.store.sqlite.prepare("SELECT status, tries, error FROM notice").get();
  expect(row).toEqual({ status: "failed", tries: 10, error: "no" });
  expect(channel.events.at(-1)).toBe("notice.failed");
  const event = engine.store.sqlite.prepare("SELECT data FROM event ORDER BY id DESC LIMIT 1").pluck().get();
  expect(event).toContain("notice.failed");
});

test("a question is told with its risk and its deadline, unless it was decided meanwhile", async () => {
  const wf = workflow("prune", { notify: { checkpoint: "ops" } });
  const checkpoint = { message: "Delete 3 files?", risk: "high", timeout: "20h", onTimeout: "reject" } as const;
  wf.task("prune", { checkpoint }, () => 1);
  const engine = await startTestEngine({ workflows: [wf] });
  const channel = createChannel();
  const notifier = createNotifier(engine, channel);
  await notifier.begin();
  await engine.reach(await engine.submit(wf), ["waiting"]);
  const now = engine.clock.now();
  await notifier.flush();
  expect(channel.told).toMatchObject([
    {
      kind: "checkpoint",
      checkpoint: "1.1",
      question: "Delete 3 files?",
      risk: "high",
      deadline: new Date(now + 20 * HOUR_MS).toISOString(),
      open: "lockstep ui --checkpoint 1.1",
    },
  ]);
  expect(JSON.stringify(channel.told)).not.toContain("approve");
  await engine.reach(await engine.submit(wf), ["waiting"]);
  engine.store.sqlite.prepare("UPDATE checkpoint SET status = 'approved' WHERE run_id = 2").run();
  await notifier.flush();
  expect(channel.told).toHaveLength(1);
});

test("many notices go out without a pause, and a channel that hangs keeps no other waiting", async () => {
  const good = workflow("good", { notify: { succeeded: "ops" } });
  good.task("a", () => 1);
  const stuck = workflow("stuck", { notify: { succeeded: "hanging" } });
  stuck.task("a", () => 1);
  const engine = await startTestEngine({ workflows: [good, stuck] });
  const told: string[] = [];
  const notifier = new Notifier({
    ...{ store: engine.store, clock: engine.clock, origin: ORIGIN, log: () => {} },
    channels: { hanging: CHANNEL, ops: CHANNEL },
    deliver: async (name, _channel, _message, signal) => {
      told.push(name);
      if (name !== "hanging") return;
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    },
  });
  await notifier.begin();
  for (let count = 0; count < 20; count++) await engine.reach(await engine.submit(count % 2 === 0 ? stuck : good));
  await notifier.look();
  await waitUntil(() => told.filter((name) => name === "ops").length === 10, "all of ops are told");
  expect(told.filter((name) => name === "hanging")).toHaveLength(4);
  await notifier.stop();
  const left = engine.store.sqlite.prepare("SELECT count(*) FROM notice WHERE status = 'pending'").pluck().get();
  expect(left).toBe(10);
});

test("a workflow that says nothing of notify, and a channel that the config lacks, tell nobody", async () => {
  const silent = workflow("silent");
  silent.task("a", () => 1);
  const elsewhere = workflow("elsewhere", { notify: { succeeded: "other" } });
  elsewhere.task("a", () => 1);
  const engine = await startTestEngine({ workflows: [silent, elsewhere] });
  const channel = createChannel();
  const notifier = createNotifier(engine, channel);
  await notifier.begin();
  for (const wf of [silent, elsewhere]) await engine.reach(await engine.submit(wf));
  await notifier.flush();
  expect(channel.told).toEqual([]);
  expect(channel.events).toEqual(["notice.no_channel"]);
});

test("slots that start late, or are missed, are told with their instant", async () => {
  const firer = await openOne({ cron: "0 * * * *", catchup: "latest" }, { late: "ops" });
  const told: NoticeMessage[] = [];
  const notifier = new Notifier({
    ...{ store: firer.store, clock: firer.clock, origin: ORIGIN, channels: { ops: CHANNEL } },
    deliver: async (_name, _channel, message) => void told.push(message),
    log: () => {},
  });
  await notifier.begin();
  firer.fire(START_AT + HOUR_MS);
  await notifier.flush();
  expect(told).toEqual([]);
  firer.endRun(1);
  firer.fire(START_AT + 4 * HOUR_MS + 60_000);
  await notifier.flush();
  await notifier.flush();
  expect(told.map(({ kind, text, open }) => [kind, text, open])).toEqual([
    ["late", "nightly on srv1: the slot of 2026-01-01T04:00:00.000Z started 90s late as #2", "lockstep show 2"],
    [
      "late",
      "nightly on srv1: 2 slots from 2026-01-01T02:00:00.000Z on were missed (not_latest)",
      "lockstep slots nightly",
    ],
  ]);
});

test("a command gets JSON and variables, and what goes wrong with it is said without its input", async () => {
  const cwd = createTemporaryFolder();
  const deliver = createDeliver({ env: { PATH: process.env.PATH, SECRET: "hunter2" }, cwd });
  const message = { kind: "failed", run: 7, text: "a $(b)", failed: ["x", "y"] } as unknown as NoticeMessage;
  const send = (command: string | string[], timeoutMs = 5_000) =>
    deliver("ops", { kind: "command", command, timeoutMs }, message, new AbortController().signal);
  await send("test \"$LOCKSTEP_NOTIFY_RUN,$LOCKSTEP_NOTIFY_TEXT,$LOCKSTEP_NOTIFY_CHANNEL\" = '7,a $(b),ops'");
  await send('test "${SECRET-none}" = none');
  await send('read -r line; [[ $line == *\'"text":"a $(b)"\'* ]]');
  await expect(send("echo oh no >&2; exit 3")).rejects.toThrow("exit 3: oh no");
  await expect(send(["no-such-program-here"])).rejects.toThrow("cannot start no-such-program-here");
  await expect(send(["printf", "a\0b"])).rejects.toThrow("null bytes");
  await expect(send("sleep 60", 50)).rejects.toThrow("it took too long");
});
