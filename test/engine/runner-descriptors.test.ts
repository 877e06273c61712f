import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const CHILD = join(import.meta.dirname, "../support/fixtures/without-descriptors.ts");

test("a reaper or a worker that cannot be started says so, and the next one is started when that is possible again", () => {
  const script = 'ulimit -n 64; exec "$0" "$1"';
  const said = execFileSync("/bin/sh", ["-c", script, process.execPath, CHILD], { encoding: "utf8", timeout: 30_000 });
  expect(JSON.parse(said)).toEqual({ without: "rejects", worker: "done", later: "done", close: "done" });
});
