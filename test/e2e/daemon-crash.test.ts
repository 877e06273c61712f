import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSeededChance } from "../../src/platform/chance.ts";
import { createDaemonProject, TICK } from "../support/daemon-project.ts";
import { findLedgerDamage, readLedger } from "../support/ledger.ts";
import type { LockstepProcess } from "../support/lockstep-process.ts";
import { listProcessesOf } from "../support/process-list.ts";
import { suspendBetweenTransactions } from "../support/suspend.ts";
import { waitUntil } from "../support/wait-until.ts";

const KILLS = 8;

const hasEnded = ({ child }: LockstepProcess): boolean => child.exitCode !== null || child.signalCode !== null;

test(`two daemons, killed ${KILLS} times at random while a schedule fires each second, lose and double no slot`, async () => {
  const seed = Number(process.env.LOCKSTEP_SEED ?? process.pid);
  console.log(`seed ${seed}; again with: LOCKSTEP_SEED=${seed}`);
  const chance = createSeededChance(seed);
  const project = createDaemonProject({ "tick.yaml": TICK });
  const daemons = [project.start(), project.start()];
  await Promise.all(daemons.map((each) => each.awaitText("daemon.ready")));
  for (let kills = 0; kills < KILLS; kills++) {
    await wait(chance() * 1_000);
    const at = chance() < 0.5 ? 0 : 1;
    daemons[at]?.child.kill("SIGKILL");
    await daemons[at]?.ended;
    daemons[at] = project.start();
    if (chance() < 0.6) await daemons[at].awaitText("daemon.ready");
  }
  await Promise.all(daemons.map((each) => each.awaitText("daemon.ready")));
  const isAllDone = () => project.query("SELECT 1 FROM run WHERE finished_at IS NULL LIMIT 1").length === 0;
  await waitUntil(() => readLedger(project).length > KILLS, "it fires on");
  await waitUntil(() => isAllDone(), "all that was fired has run");
  const stopped = await project.call("stop");
  expect(stopped.exitCode).toBe(0);
  await Promise.all(daemons.map((each) => each.ended));
  expect(findLedgerDamage(project, 1_000)).toEqual([]);
  expect(readLedger(project).every(({ status }) => status !== "missed" && status !== "skipped")).toBe(true);
  await waitUntil(() => listProcessesOf(project.folder).length === 0, "nothing is left");
});

test("a daemon that stood still for seconds fires what came due meanwhile", async () => {
  const project = createDaemonProject({ "tick.yaml": TICK });
  const daemon = project.start();
  await daemon.awaitText("slot.fired");
  await suspendBetweenTransactions(daemon.child, join(project.folder, ".lockstep/lockstep.db"));
  const stopping = await project.call("stop", "--timeout", "3s");
  expect(stopping).toMatchObject({ exitCode: 1, error: expect.stringMatching(/^Daemon \d+ has not ended within 3s/) });
  project.change("UPDATE engine SET stop_requested_at = NULL"); // as if nobody had asked
  daemon.child.kill("SIGCONT");
  const before = readLedger(project).length;
  await waitUntil(() => readLedger(project).length > before + 3, "it has caught up");
  expect((await project.call("stop")).exitCode).toBe(0);
  await daemon.ended;
  expect(findLedgerDamage(project, 1_000)).toEqual([]);
  expect(new Set(readLedger(project).map(({ status }) => status))).toEqual(new Set(["fired"]));
});

/** Each command says which processes of its try before it still live, starts six more, one of them out of its group, and waits. */
const COMMANDS = `name: many
input: { items: { type: list, default: [0, 1, 2, 3, 4, 5, 6, 7] } }
tasks:
  many:
    map: \${{ input.items }}
    run: |
      for pid in $(cat pids.$LOCKSTEP_INDEX 2>/dev/null); do
        if [ -e /proc/$pid ] && ! grep -q '^State:.[ZX]' /proc/$pid/status; then echo $pid >> overlap.$LOCKSTEP_INDEX; fi
      done
      if [ -e pids.$LOCKSTEP_INDEX ]; then exit 0; fi
      for n in 1 2 3 4 5; do sleep 120 & echo $! >> pids.$LOCKSTEP_INDEX; done
      setsid sleep 120 & echo $! >> pids.$LOCKSTEP_INDEX
      echo $$ >> pids.$LOCKSTEP_INDEX
      touch begun.$LOCKSTEP_INDEX
      wait
`;

test.skipIf(process.platform !== "linux")(
  "a daemon that is killed with 50 processes of commands leaves none, and no second copy starts while a first lives",
  async () => {
    const project = createDaemonProject({ "many.yaml": COMMANDS });
    const first = project.start();
    await first.awaitText("daemon.ready");
    expect((await project.call("run", "many", "--detach")).error).toBe("");
    const files = join(project.folder, "workflows");
    const listFiles = (prefix: string) => readdirSync(files).filter((name) => name.startsWith(prefix));
    await waitUntil(() => listFiles("begun.").length >= 7, "the commands have begun");
    const pids = listFiles("pids.").flatMap((name) => readFileSync(join(files, name), "utf8").trim().split("\n"));
    expect(pids.length).toBeGreaterThanOrEqual(49);
    first.child.kill("SIGKILL");
    const second = project.start();
    await first.ended;
    await waitUntil(
      () => project.query("SELECT 1 FROM run WHERE status = 'succeeded'").length === 1,
      "it has run again",
    );
    expect(listFiles("overlap.")).toEqual([]);
    expect(pids.filter((pid) => isRunning(Number(pid)))).toEqual([]);
    expect((await project.call("stop")).exitCode).toBe(0);
    await second.ended;
    await waitUntil(() => listProcessesOf(project.folder).length === 0, "nothing is left");
  },
);

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

const stubborn = (grace: string): string => `name: stubborn
tasks:
  one:
    grace: ${grace}
    run: |
      trap 'echo told >> told' TERM
      touch begun
      if [ -e told ]; then exit 0; fi
      for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; [ -e told ] && [ ! -e forever ] && exit 0; done
      sleep 60 & wait; sleep 60
`;

test("SIGTERM lets what runs end within its grace; a second one ends at once, and nothing is left", async () => {
  const project = createDaemonProject({ "stubborn.yaml": stubborn("60s") });
  const file = (name: string) => join(project.folder, "workflows", name);
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  await project.call("run", "stubborn", "--detach");
  await waitUntil(() => existsSync(file("begun")), "it has begun");
  daemon.child.kill("SIGTERM");
  await daemon.awaitText("daemon.draining");
  await waitUntil(() => existsSync(file("told")), "the command was told");
  expect((await daemon.ended).exitCode).toBe(0);
  expect(hasEnded(daemon)).toBe(true);
  expect(project.query("SELECT status FROM engine")).toEqual([{ status: "ended" }]);
  await waitUntil(() => listProcessesOf(project.folder).length === 0, "nothing is left");
  const second = project.start();
  await second.awaitText("daemon.ready");
  await waitUntil(() => project.query("SELECT 1 FROM run WHERE status = 'succeeded'").length === 1, "it goes on");
  project.write("forever", "");
  project.write(
    "slow.yaml",
    "name: slow\ntasks: { one: { grace: 60s, run: \"trap '' TERM; touch slow; sleep 60\" } }\n",
  );
  await second.awaitText('"workflow":"slow"');
  await project.call("run", "slow", "--detach");
  await waitUntil(() => existsSync(file("slow")), "it has begun");
  second.child.kill("SIGTERM");
  await second.awaitText("daemon.draining");
  second.child.kill("SIGTERM");
  expect((await second.ended).exitCode).toBe(130);
  await waitUntil(() => listProcessesOf(project.folder).length === 0, "nothing is left");
});

test("daemon --once fires what is due, lets it end, and exits", async () => {
  const project = createDaemonProject({
    "load.yaml":
      "schedule: { cron: '0 0 1 1 *', timezone: UTC, catchupWindow: 400d }\ntasks: { one: { run: echo hi } }\n",
  });
  expect(await project.start("--once").ended).toMatchObject({ exitCode: 0 });
  expect(readLedger(project)).toEqual([]);
  project.change("UPDATE schedule SET cursor_at = cursor_at - 31536000000, next_at = 0");
  const { exitCode, error } = await project.start("--once").ended;
  expect(exitCode).toBe(0);
  expect(error).toContain("slot.fired");
  expect(readLedger(project)).toMatchObject([{ status: "caught_up", run: 1 }]);
  expect(project.query("SELECT status FROM run")).toEqual([{ status: "succeeded" }]);
});

test("a write-ahead log that has grown is given back to the disk once the daemon is idle", async () => {
  const project = createDaemonProject({});
  const daemon = project.start();
  await daemon.awaitText("daemon.ready");
  const path = join(project.folder, ".lockstep/lockstep.db");
  project.change(`PRAGMA wal_autocheckpoint = 0;
    BEGIN; INSERT INTO value (bytes, json) SELECT 1, hex(zeroblob(1000000)) FROM json_each('[${Array(40).fill(1).join()}]'); COMMIT;
    DELETE FROM value;`);
  await waitUntil(() => statSync(`${path}-wal`).size < 1_000_000, "it is short again");
  expect(statSync(path).size).toBeGreaterThan(64 * 1_024 * 1_024); // so long was the log
  expect((await project.call("stop")).exitCode).toBe(0);
  await daemon.ended;
});
