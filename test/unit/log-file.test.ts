import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LOG_HEAD_BYTES_MAX, LOG_TAIL_BYTES_MAX } from "../../src/core/limits.ts";
import { parseLogLine } from "../../src/core/log-line.ts";
import { LogFile } from "../../src/runners/log-file.ts";
import { ManualClock } from "../support/manual-clock.ts";

let folder = "";
const clock = new ManualClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open() {
  const path = join(folder, "logs", "1", "task.log");
  const read = () => readFileSync(path, "utf8").split("\n").slice(0, -1).map(parseLogLine);
  return { path, read, log: new LogFile(path, clock) };
}

test("parts become lines, each with its instant and stream, readable while it is written", () => {
  const { log, read, path } = open();
  log.write("o", "one\ntw");
  log.write("e", "bad\n");
  expect(read()).toMatchObject([
    { mark: "o", text: "one" },
    { mark: "e", text: "bad" },
  ]);
  clock.advance(5);
  log.write("o", "o\nrest");
  const traces = log.close();
  expect(read()).toEqual([
    { at: clock.now() - 5, mark: "o", text: "one" },
    { at: clock.now() - 5, mark: "e", text: "bad" },
    { at: clock.now(), mark: "o", text: "two" },
    { at: clock.now(), mark: "o", text: "rest" },
  ]);
  expect(traces).toEqual({ logBytes: statSync(path).size });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  log.write("o", "late\n");
  expect(log.close()).toEqual({});
  expect(read()).toHaveLength(4);
});

test("a character that is split over parts stays whole", () => {
  const { log, read } = open();
  const bytes = Buffer.from("ü€𝄞\n");
  for (const byte of bytes) log.write("o", Uint8Array.of(byte));
  log.close();
  expect(read()).toMatchObject([{ text: "ü€𝄞" }]);
});

test("a stream without newlines is broken into lines, between characters", () => {
  const { log, read } = open();
  const text = "€".repeat(20_000);
  log.write("o", text);
  expect(read()).toHaveLength(3);
  log.close();
  expect(
    read()
      .map((line) => line?.text)
      .join(""),
  ).toBe(text);
});

test("the first and the last part are kept, and what was cut is counted", () => {
  const { log, read, path } = open();
  const lines = 200_000;
  for (let start = 0; start < lines; start += 1_000) {
    const part = Array.from({ length: 1_000 }, (_, at) => `line ${start + at}\n`).join("");
    log.write("o", part);
    expect(statSync(path).size).toBeLessThanOrEqual(LOG_HEAD_BYTES_MAX + 2 * LOG_TAIL_BYTES_MAX);
  }
  const { logBytes, logCut = 0 } = log.close();
  const size = statSync(path).size;
  expect(logBytes).toBe(size);
  expect(size).toBeLessThanOrEqual(LOG_HEAD_BYTES_MAX + LOG_TAIL_BYTES_MAX + 64);
  const kept = read();
  const cutAt = kept.findIndex((line) => line?.mark === "x");
  expect(kept[0]?.text).toBe("line 0");
  expect(kept.at(-1)?.text).toBe(`line ${lines - 1}`);
  expect(kept[cutAt]?.text).toBe(String(logCut));
  expect(kept.filter((line) => line?.mark === "x")).toHaveLength(1);
  const given = Array.from({ length: lines }, (_, at) => `${clock.now()} o line ${at}\n`.length);
  const total = given.reduce((sum, bytes) => sum + bytes, 0);
  const markBytes = `${clock.now()} x ${logCut}\n`.length;
  expect(size - markBytes + logCut).toBe(total);
  const numbers = kept.slice(cutAt + 1).map((line) => Number(line?.text.slice(5)));
  expect(numbers.every((number, at) => at === 0 || number === (numbers[at - 1] ?? 0) + 1)).toBe(true);
});

test("a log that cannot be written loses its lines and nothing else", () => {
  const log = new LogFile("/dev/null/nowhere/task.log", clock);
  log.write("o", "lost\n");
  expect(log.close()).toEqual({ logBytes: 0, logCut: `${clock.now()} o lost\n`.length });
});
