import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertAttempt, insertInstances, insertRunRows } from "../support/run-rows.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { insertWaitingRun } from "../support/ui-database.ts";

const BACKUP = createSpec("nightly-backup", { dump: [], verify: ["dump"], prune: ["verify"] });

/** What was put on the clipboard last, by OSC 52. */
function readClipboard(screen: Screen): string {
  const copied = screen.raw().split("\x1b]52;c;").at(-1) ?? "";
  return Buffer.from(copied.slice(0, copied.indexOf("\x07")), "base64").toString();
}

/** A pager that keeps what it is given, and says in the file's last line that it has all of it. */
function createPager(): { env: NodeJS.ProcessEnv; read: () => string } {
  const file = join(createTemporaryFolder(), "paged");
  return { env: { PAGER: `cat > ${file}` }, read: () => readFileSync(file, "utf8") };
}

function writeLog(store: Store, run: number, name: string, lines: readonly string[]): void {
  const folder = join(dirname(store.path), "logs", String(run));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), lines.map((line, at) => `${1_764_000_000_000 + at} ${line}\n`).join(""));
}

test("the help lists the keys of its screen, and y copies the command that does the same", async () => {
  const store = await openTestStore();
  const run = insertWaitingRun(store, BACKUP, { message: "Delete them?" });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`]);
  await screen.waitFor("Delete them?");
  await screen.press("?");
  await screen.waitFor(/› a +approve +lockstep approve 1\.1 --if-hash [0-9a-f]{6}/);
  expect(screen.text()).toContain("lockstep redo 1.1 --feedback TEXT");
  await screen.press("y");
  await screen.waitFor("Copied: lockstep approve 1.1 --if-hash");
  expect(readClipboard(screen)).toMatch(/^lockstep approve 1\.1 --if-hash [0-9a-f]{6}$/);
  await screen.press("j");
  await screen.waitFor(/› r /);
  await screen.press("y");
  await screen.waitFor("Copied: lockstep reject");
  await screen.press("G");
  await screen.waitFor(/^› /m);
  await screen.press("?");
  await screen.waitFor("live: this screen is what you decide on");
});

test("inbox: S sorts, / filters and Esc clears, f folds and unfolds, Tab and numbers change the view", async () => {
  const store = await openTestStore();
  const expiresAt = Date.now() + 3_600_000;
  insertWaitingRun(store, BACKUP, { message: "Old and risky?", risk: "high", createdAt: 1 });
  insertWaitingRun(store, createSpec("merge", { a: [], b: ["a"] }), { message: "Due soon?", risk: "low", expiresAt });
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor(/› .*Due soon\?/);
  await screen.press("S");
  await screen.waitFor(/by age/);
  await screen.waitFor((text) => text.indexOf("Old and risky?") < text.indexOf("Due soon?"));
  await screen.press("S");
  await screen.waitFor(/by risk/);
  await screen.press("S");
  await screen.waitFor((text) => text.indexOf("Due soon?") < text.indexOf("Old and risky?"));
  await screen.press("/");
  await screen.waitFor("Filter: _");
  screen.type("RISKY");
  await screen.waitFor((text) => !text.includes("Due soon?"));
  screen.type("\r");
  await screen.waitFor('filter "RISKY" · 1 of 2');
  await screen.press("esc");
  await screen.waitFor("Due soon?");
  await screen.press("f");
  await screen.waitFor("2 workflows, folded");
  await screen.press("f");
  await screen.waitFor("Due soon?");
  await screen.press("end");
  await screen.waitFor(/› .*Old and risky\?/);
  await screen.press("home");
  await screen.waitFor(/› .*Due soon\?/);
  await screen.press("tab");
  await screen.waitFor("PROGRESS");
  await screen.press("1");
  await screen.waitFor("QUESTION");
});

test("checkpoint: pages turn, v hands all of it to the pager, l opens the log, o the run", async () => {
  const store = await openTestStore();
  const show = Array.from({ length: 300 }, (_, at) => `file ${at}${at === 299 ? "\x1b]0;evil\x07" : ""}`);
  const run = insertWaitingRun(store, BACKUP, { message: "Delete them?", show });
  writeLog(store, run, "verify.0.1.log", ["o verified"]);
  const pager = createPager();
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`], { env: pager.env });
  await screen.waitFor(/300 lines, 1 of \d+ pages/);
  await screen.press("down");
  await screen.waitFor(/300 lines, 2 of/);
  await screen.press("up");
  await screen.waitFor(/300 lines, 1 of/);
  await screen.press("v");
  await screen.waitFor(() => {
    try {
      return pager.read().includes("file 299");
    } catch {
      return false;
    }
  });
  expect(pager.read()).not.toContain("\x1b");
  await screen.waitFor("live: this screen is what you decide on");
  await screen.press("l");
  await screen.waitFor("verified");
  await screen.press("esc");
  await screen.waitFor("live: this screen is what you decide on");
  await screen.press("o");
  await screen.waitFor("WHY");
});

test("runs: f shows the failed ones, / filters, R retries, c cancels, p pauses and resumes", async () => {
  const store = await openTestStore();
  const failed = insertRunRows(store, createSpec("import", { list: [], load: ["list"] }), {
    status: "failed",
    tasks: { load: { status: "failed" } },
  });
  const waiting = insertWaitingRun(store, BACKUP, { message: "Delete them?" });
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Delete them?");
  await screen.press("2");
  await screen.waitFor("› 2 ");
  await screen.press("R");
  await screen.waitFor("It has not ended: there is nothing to run again");
  await screen.press("p");
  await screen.waitFor(`pause #${waiting} nightly-backup? Enter: yes`);
  await screen.press("enter");
  await screen.waitFor(`#${waiting} paused`);
  await screen.press("p");
  await screen.waitFor(`resume #${waiting} nightly-backup? Enter: yes`);
  await screen.press("enter");
  await screen.waitFor(`#${waiting} queued`);
  await screen.press("c");
  await screen.waitFor(`cancel #${waiting} nightly-backup? Enter: yes`);
  screen.type("\x1b");
  await screen.waitFor((text) => !text.includes("Enter: yes"));
  await screen.press("c");
  await screen.waitFor("Enter: yes");
  await screen.press("enter");
  await screen.waitFor(`#${waiting} canceled`);
  expect(getRows(store).runs.getStatus(waiting)).toBe("canceled");
  await screen.press("f");
  await screen.waitFor("failed only");
  await screen.waitFor(/› 1 +import +failed/);
  await screen.press("R");
  await screen.waitFor("retry #1 import? Enter: yes");
  await screen.press("enter");
  await screen.waitFor("#1: keeps 1, runs 1 again");
  expect(getRows(store).runs.getStatus(failed)).toBe("queued");
  await screen.press("f");
  await screen.waitFor("nightly-backup");
  await screen.press("/");
  await screen.waitFor("Filter: _");
  screen.type("night");
  await screen.waitFor((text) => !text.includes("import "));
  screen.type("\r");
  await screen.waitFor('filter "night"');
  await screen.press("esc");
  await screen.waitFor("import ");
});

test("run: Enter unfolds a map, w says why in full, o shows the output, R retries from here", async () => {
  const store = await openTestStore();
  const spec = createSpec("import", { list: [], load: ["list"], done: ["load"] }, { of: { load: { map: {} } } });
  const run = insertRunRows(store, spec, {
    ...{ status: "failed", rowCount: 6 },
    tasks: { list: { output: '["a","b","c"]' }, load: { status: "failed" }, done: { status: "skipped" } },
  });
  insertInstances(store, run, 1, [{}, { status: "failed" }, {}]);
  insertAttempt(store, run, 4, { error: JSON.stringify({ name: "Error", message: "HTTP 429" }) });
  const pager = createPager();
  const screen = openScreen(["ui", "--db", store.path], { env: pager.env });
  await screen.waitFor("Nothing waits");
  await screen.press("2");
  await screen.waitFor("› 1 ");
  await screen.press("enter");
  await screen.waitFor(/› list +succeeded/);
  await screen.press("o");
  await screen.waitFor(() => {
    try {
      return pager.read().includes('"c"');
    } catch {
      return false;
    }
  });
  await screen.waitFor(/› list +succeeded/);
  await screen.press("j");
  await screen.waitFor(/› load ×3/);
  await screen.press("enter");
  await screen.waitFor(/\[1\] +failed/);
  await screen.press("j");
  await screen.waitFor(/› +\[0\]/);
  await screen.press("j");
  await screen.waitFor(/› +\[1\]/);
  await screen.press("w");
  await screen.waitFor("load[1] failed: HTTP 429");
  await screen.press("g");
  await screen.waitFor(/› list/);
  await screen.press("R");
  await screen.waitFor("retry #1 import from list? Enter: yes");
  await screen.press("enter");
  await screen.waitFor(/#1: keeps 0, runs 3 again/);
});

test("log: f follows what is written, / n N search, t hides times, e keeps errors, [ ] change the attempt", async () => {
  const store = await openTestStore();
  const run = insertWaitingRun(store, BACKUP, { message: "Delete them?" });
  const lines = Array.from({ length: 300 }, (_, at) => `${at % 100 === 50 ? "e needle" : "o line"} ${at}`);
  writeLog(store, run, "dump.0.1.log", ["o first try"]);
  writeLog(store, run, "dump.0.2.log", lines);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Delete them?");
  await screen.press("2");
  await screen.waitFor("› 1 ");
  await screen.press("enter");
  await screen.waitFor(/› dump/);
  await screen.press("l");
  await screen.waitFor("attempt 2 · stdout+stderr · following");
  await screen.waitFor(/\d\d:\d\d:\d\d\.\d{3} +line 299/);
  await screen.press("t");
  await screen.waitFor((text) => !/\d\d:\d\d:\d\d\.\d{3}/.test(text) && text.includes("line 299"));
  await screen.press("/");
  await screen.waitFor("Search:");
  screen.type("needle");
  await screen.waitFor("needle_");
  screen.type("\r");
  await screen.waitFor("needle 250");
  await screen.press("n");
  await screen.waitFor("needle 150");
  await screen.press("N");
  await screen.waitFor("needle 250");
  await screen.press("N");
  await screen.waitFor("Not found below: needle");
  await screen.press("e");
  await screen.waitFor("stderr only");
  await screen.waitFor((text) => text.includes("!needle 250") && !text.includes("line 2"));
  // What the filter hides is not found, and does not empty the screen.
  await screen.press("/");
  await screen.waitFor("Search: needle_");
  screen.type("\x15");
  await screen.waitFor("Search: _");
  screen.type("line");
  await screen.waitFor("Search: line_");
  screen.type("\r");
  await screen.waitFor((text) => text.includes("Not found above: line") && text.includes("!needle 250"));
  await screen.press("e");
  await screen.waitFor("stdout+stderr");
  await screen.press("f");
  await screen.waitFor("following");
  await screen.press("f");
  await screen.waitFor("100%");
  writeLog(store, run, "dump.0.2.log", [...lines, "o one more"]);
  await screen.press("f");
  await screen.waitFor("one more");
  writeLog(store, run, "dump.0.2.log", [...lines, "o one more", "o and another"]);
  await screen.waitFor("and another");
  await screen.press("[");
  await screen.waitFor("first try");
  await screen.press("[");
  await screen.waitFor("There is no other attempt that wrote something");
  await screen.press("]");
  await screen.waitFor("and another");
  await screen.press("g");
  await screen.waitFor("line 0");
  await screen.press("pagedown");
  await screen.waitFor((text) => !/line 0$/m.test(text));
  await screen.press("G");
  await screen.waitFor("and another");
});

test("pick: n takes all out, Space one in, a all in; none of them cannot be done", async () => {
  const store = await openTestStore();
  const spec = createSpec("clean", { old: [], prune: ["old"] }, { of: { prune: { map: {} } } });
  const run = insertWaitingRun(store, spec, { message: "Delete them?", resolved: ["/a", "/b", "/c"] });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`]);
  await screen.waitFor("Delete them?");
  await screen.press("s");
  await screen.waitFor("3 of 3 picked");
  await screen.press("n");
  await screen.waitFor("0 of 3 picked");
  await screen.press("enter");
  await screen.waitFor("Pick at least one");
  await screen.press("space");
  await screen.waitFor("1 of 3 picked");
  await screen.press("a");
  await screen.waitFor("3 of 3 picked");
  await screen.press("esc");
  await screen.waitFor("starts prune, 3 times");
});
