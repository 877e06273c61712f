import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import { endOrphans } from "../../src/runners/end-orphans.ts";
import { isAlive, waitUntil } from "../support/wait-until.ts";

const ENGINE = join(import.meta.dirname, "../support/fixtures/engine-to-kill.ts");

test("SIGKILL of an engine with 50 commands and a worker in a loop leaves nothing that recovery does not end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-orphans-"));
  const uid = `engine${process.pid}`;
  const engine = spawn(process.execPath, [ENGINE, folder, uid], { stdio: ["ignore", "inherit", "inherit"] });
  onTestFinished(() => void engine.kill("SIGKILL"));
  const readPids = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".pid"))
      .map((name) => [Number.parseInt(name, 10), Number(readFileSync(join(folder, name), "utf8"))] as const)
      .filter(([, pid]) => pid > 0);
  await waitUntil(() => readPids().length === 51, "all have begun");
  const pids = readPids();
  expect(pids.every(([, pid]) => isAlive(pid))).toBe(true);
  engine.kill("SIGKILL");
  // Reaper and watchdog, without any new engine: all but those that left their group by setsid.
  const [left, ofGroups] = [
    pids.filter(([index]) => index % 5 === 2 && index < 50),
    pids.filter(([index]) => index % 5 !== 2 || index === 50),
  ];
  await waitUntil(() => ofGroups.every(([, pid]) => !isAlive(pid)), "reaper and watchdog have done their work");
  expect(left.some(([, pid]) => isAlive(pid))).toBe(true);
  // Recovery, before anything is run again.
  const attemptIds = Array.from({ length: 50 }, (_, index) => `${uid}:work:${index}:1:1`);
  expect(await endOrphans({ attemptIds, engineUids: [uid] }, systemClock)).toBeGreaterThan(0);
  expect(pids.filter(([, pid]) => isAlive(pid))).toEqual([]);
  expect(await endOrphans({ attemptIds, engineUids: [uid] }, systemClock)).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});
