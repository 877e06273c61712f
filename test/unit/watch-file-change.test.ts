import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSimulatedClock } from "../../src/platform/simulated-clock.ts";
import { createWakeSource } from "../../src/platform/watch-file-change.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A source over a clock that counts its hints, and says when an event has set the first look. */
function watchFolder(dir: string, pollEveryMs = 1_000, countOwnCommits = () => 0) {
  const clock = createSimulatedClock(0);
  const hintsAt: number[] = [];
  let onScheduled: (() => void) | undefined;
  const source = createWakeSource({
    dir,
    onHint: () => void hintsAt.push(clock.now()),
    pollEveryMs: () => pollEveryMs,
    countOwnCommits,
    clock: {
      now: clock.now,
      schedule(delayMs, callback) {
        onScheduled?.();
        return clock.schedule(delayMs, callback);
      },
    },
  });
  const nextEvent = () => new Promise<void>((resolve) => (onScheduled = resolve));
  return { clock, hintsAt, source, nextEvent };
}

test("without an event it hints in intervals, and stops when it is stopped", () => {
  const { clock, hintsAt, source } = watchFolder(createTemporaryFolder());
  source.start();
  source.start();
  clock.advance(2_500);
  expect(hintsAt).toEqual([1_000, 2_000]);
  source.stop();
  source.stop();
  clock.advance(10_000);
  expect(hintsAt).toEqual([1_000, 2_000]);
  expect(clock.waiting()).toBe(0);
});

test("it can be started again", () => {
  const { clock, hintsAt, source } = watchFolder(createTemporaryFolder());
  source.start();
  source.stop();
  source.start();
  clock.advance(1_000);
  source.stop();
  expect(hintsAt).toEqual([1_000]);
});

test("after an event it looks at 0, 2, 5, 10, 25 and 50 ms, since the event comes before the commit", async () => {
  const dir = createTemporaryFolder();
  const { clock, hintsAt, source, nextEvent } = watchFolder(dir);
  source.start();
  const event = nextEvent();
  writeFileSync(join(dir, "something"), "");
  await event;
  clock.advance(100);
  source.stop();
  expect(hintsAt).toEqual([0, 2, 5, 10, 25, 50]);
  expect(clock.waiting()).toBe(0);
});

test("an event in the midst of the looks begins them anew", async () => {
  const dir = createTemporaryFolder();
  const { clock, hintsAt, source, nextEvent } = watchFolder(dir);
  source.start();
  const first = nextEvent();
  mkdirSync(join(dir, "one"));
  await first;
  clock.advance(30);
  const second = nextEvent();
  mkdirSync(join(dir, "two"));
  await second;
  clock.advance(60);
  source.stop();
  expect(hintsAt).toEqual([0, 2, 5, 10, 25, 30, 32, 35, 40, 55, 80]);
});

test("where the folder cannot be watched, or goes away, the intervals remain", () => {
  const missing = watchFolder(join(createTemporaryFolder(), "missing"));
  missing.source.start();
  missing.clock.advance(1_000);
  missing.source.stop();
  expect(missing.hintsAt).toEqual([1_000]);

  const dir = createTemporaryFolder();
  const { clock, hintsAt, source } = watchFolder(dir);
  source.start();
  rmSync(dir, { recursive: true });
  clock.advance(2_000);
  source.stop();
  expect(hintsAt).toEqual([1_000, 2_000]);
});

test("the watch rests while its own process commits again and again, and begins anew when that is quiet", async () => {
  const dir = createTemporaryFolder();
  let commits = 0;
  const { clock, hintsAt, source, nextEvent } = watchFolder(dir, 10_000, () => commits);
  source.start();
  commits = 16;
  const rest = nextEvent();
  writeFileSync(join(dir, "own"), "");
  await rest;
  expect(clock.waiting()).toBe(1); // no looks: only the poll, which is nearer now
  clock.advance(100);
  expect(hintsAt).toEqual([100]);
  const event = nextEvent();
  writeFileSync(join(dir, "foreign"), "");
  await event;
  clock.advance(2);
  source.stop();
  expect(hintsAt).toEqual([100, 100, 102]);
});
