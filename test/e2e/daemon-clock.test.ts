import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDaemonProject, type DaemonProject } from "../support/daemon-project.ts";
import { findLedgerDamage, type LedgerLine, readLedger } from "../support/ledger.ts";
import { waitUntil } from "../support/wait-until.ts";

const LIBRARIES = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"];
const FAKETIME = LIBRARIES.map((folder) => `${folder}/libfaketimeMT.so.1`).find((file) => existsSync(file));
if (FAKETIME === undefined)
  console.log("skipped: faketime (Debian's package of that name) is not here to move the clock");

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EACH_MINUTE = `name: load
schedule: { cron: "* * * * *", timezone: UTC, overlap: allow, catchup: latest, catchupWindow: 12h }
tasks: { one: { run: echo hi } }
`;

/** A daemon whose wall clock the test moves; its timers go on as ever. */
function startMoved(project: DaemonProject) {
  const file = join(project.folder, "clock");
  const moveTo = (offsetMs: number): void =>
    writeFileSync(file, `${offsetMs < 0 ? "-" : "+"}${Math.abs(offsetMs) / 1_000}\n`);
  moveTo(0);
  const daemon = project.startWith({
    LD_PRELOAD: FAKETIME,
    ...{ FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", NO_FAKE_STAT: "1" },
  });
  return { daemon, moveTo };
}

/** Jumps to just before a full minute that is this far from now, and waits for what comes due there. */
async function jump(project: DaemonProject, moveTo: (offsetMs: number) => void, byMs: number): Promise<LedgerLine> {
  const target = Math.floor((Date.now() + byMs) / MINUTE_MS) * MINUTE_MS + MINUTE_MS - 1_500;
  moveTo(target - Date.now());
  const dueAt = target + 1_500;
  const find = () => readLedger(project).find((line) => line.dueAt === dueAt);
  await waitUntil(() => find() !== undefined, `the slot of ${new Date(dueAt).toISOString()}`);
  return find() as LedgerLine;
}

test.skipIf(FAKETIME === undefined)(
  "a clock that is moved forward catches up, once, and no slot is without a row",
  async () => {
    const project = createDaemonProject({ "load.yaml": EACH_MINUTE });
    const { daemon, moveTo } = startMoved(project);
    await daemon.awaitText("daemon.ready");
    expect(await jump(project, moveTo, 0)).toMatchObject({ status: "fired" });
    const after3h = await jump(project, moveTo, 3 * HOUR_MS);
    expect(after3h.status).toBe("fired");
    const missed = readLedger(project).filter(({ reason }) => reason === "not_latest");
    expect(missed.length).toBeGreaterThanOrEqual(178);
    expect(await jump(project, moveTo, 30 * 24 * HOUR_MS)).toMatchObject({ status: "fired" });
    expect(readLedger(project).find(({ reason }) => reason === "beyond_window")).toMatchObject({ status: "missed" });
    expect(findLedgerDamage(project, MINUTE_MS)).toEqual([]);
    expect((await project.call("stop")).exitCode).toBe(0);
    await daemon.ended;
  },
);

test.skipIf(FAKETIME === undefined)(
  "a clock that is set back fires nothing again, and goes on from there",
  async () => {
    const project = createDaemonProject({ "load.yaml": EACH_MINUTE });
    const { daemon, moveTo } = startMoved(project);
    await daemon.awaitText("daemon.ready");
    const first = await jump(project, moveTo, 0);
    const back = await jump(project, moveTo, -2 * HOUR_MS);
    expect([first.status, back.status]).toEqual(["fired", "fired"]);
    expect(readLedger(project).map(({ dueAt }) => dueAt)).toEqual([back.dueAt, first.dueAt]);
    moveTo(first.dueAt - Date.now() - 1_000);
    await waitUntil(() => readLedger(project).length > 100, "the time between is in the ledger");
    const again = await jump(project, moveTo, MINUTE_MS);
    expect(again.status).toBe("fired");
    expect(readLedger(project).filter(({ dueAt }) => dueAt === first.dueAt)).toEqual([first]);
    expect(findLedgerDamage(project, MINUTE_MS)).toEqual([]);
    expect((await project.call("stop")).exitCode).toBe(0);
    await daemon.ended;
  },
);
