import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { openScreen } from "../support/screen.ts";
import { insertManyWaiting, insertWaitingRun } from "../support/ui-database.ts";

const BACKUP = createSpec("nightly-backup", { dump: [], verify: ["dump"], prune: ["verify"] });

/** What could control the terminal, in all the ways that a task could try. */
const ATTACKS = [
  "\x1b]52;c;UFdORUQ=\x07",
  "\x1b]8;;http://evil\x1b\\link",
  "\x1b]0;title\x07",
  "\x1b[8mhidden",
  "\rover",
  "\u202egnp",
  "\u200bzero",
  "\x1b[38;5;213mpink",
  "\x9b31mC1",
  "\u{e0041}tag",
  "\x1bPq#0\x1b\\",
  "\x08\x08back",
];

test("runs, one run, its log: each opens from the one before, and Esc goes back", async () => {
  const store = await openTestStore();
  insertWaitingRun(store, BACKUP, { message: "Delete them?" });
  const folder = join(dirname(store.path), "logs", "1");
  mkdirSync(folder, { recursive: true });
  const lines = Array.from(
    { length: 500 },
    (_, at) => `${1_764_000_000_000 + at} ${at % 50 === 7 ? "e" : "o"} line ${at}`,
  );
  writeFileSync(join(folder, "dump.0.1.log"), `${lines.join("\n")}\n`);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Delete them?");
  await screen.press("2");
  await screen.waitFor(/› 1 +nightly-backup +waiting/);
  await screen.press("enter");
  await screen.waitFor("WHY  dump succeeded");
  await screen.press("l");
  await screen.waitFor("line 499");
  await screen.press("e");
  await screen.waitFor("!line 457");
  expect(screen.text()).not.toContain("line 456");
  await screen.press("esc");
  await screen.waitFor("WHY  dump succeeded");
  await screen.press("esc");
  await screen.waitFor("PROGRESS");
});

test("a question of several lines is shown in its lines", async () => {
  const store = await openTestStore();
  insertWaitingRun(store, BACKUP, { message: "Delete these?\n\n- one\x1b[8m\n- two" });
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Delete these?");
  await screen.press("enter");
  await screen.waitFor(/^ Delete these\? *\n - one\\x1b\[8m *\n - two *$/m);
});

test("resizing keeps the selection, and never draws more rows than there are", async () => {
  const store = await openTestStore();
  for (const name of ["one", "two", "three"]) {
    insertWaitingRun(store, createSpec(name, { read: [], write: ["read"] }), { message: `Write ${name}?` });
  }
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Write three?");
  await screen.press("down");
  await screen.waitFor(/› .*Write two\?/);
  for (const [columns, rows] of [
    [120, 40],
    [60, 15],
  ] as const) {
    screen.resize(columns, rows);
    await screen.waitFor((text) => {
      const shown = text.split("\n");
      return (
        (shown[0] ?? "").includes("Lockstep") &&
        /› .*Write two\?/.test(text) &&
        / Enter open/.test(shown[rows - 1] ?? "")
      );
    });
  }
  screen.resize(52, 12);
  await screen.waitFor("needs 60×15, is 52×12");
});

test("with 10,000 pending the inbox folds, unfolds and filters", async () => {
  const store = await openTestStore();
  insertManyWaiting(store, 10_000);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("10000 wait");
  await screen.press("enter");
  await screen.waitFor("Write 0?");
  await screen.press("/");
  await screen.waitFor("Filter:");
  screen.type("Write 9876");
  await screen.waitFor(/› .*Write 9876\?/);
});

test("without color there is not one color sequence, and the selection is a sign", async () => {
  const store = await openTestStore();
  insertWaitingRun(store, BACKUP, { message: "Delete them?", risk: "high" });
  const screen = openScreen(["ui", "--db", store.path], { env: { NO_COLOR: "1" } });
  await screen.waitFor("Delete them?");
  expect(screen.text()).toContain("›");
  expect(screen.text()).toContain("HIGH");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal is sent
  expect(screen.raw()).not.toMatch(/\x1b\[[\d;]*m/);
});

test("text of others never controls the terminal", async () => {
  const store = await openTestStore();
  for (const attack of ATTACKS) {
    insertWaitingRun(store, BACKUP, { message: `M${attack}`, show: [attack, { [attack]: attack }] });
  }
  const screen = openScreen(["ui", "--db", store.path], { columns: 120, rows: 40 });
  await screen.waitFor("Inbox 12");
  for (let at = 1; at <= ATTACKS.length; at++) {
    await screen.press("enter");
    await screen.waitFor("APPROVE");
    await screen.press("esc");
    await screen.waitFor("QUESTION");
    await screen.press("down");
  }
  for (const attack of ATTACKS) expect(screen.raw()).not.toContain(attack);
});

test("a task that has started a child run names it and its question, and opens it", async () => {
  const store = await openTestStore();
  const gated = createSpec("gated", { read: [], write: ["read"] });
  const parent = createSpec("parent", { before: [], nested: ["before"] });
  const tasks = parent.tasks.map((task) =>
    task.id === "nested" ? { ...task, kind: "child" as const, child: "gated" } : task,
  );
  const root = insertRunRows(
    store,
    { ...parent, tasks },
    {
      ...{ status: "waiting", parkedAt: Date.now(), layer: 1 },
      tasks: { nested: { status: "waiting", step: "approved" } },
    },
  );
  const child = insertWaitingRun(store, gated, { message: "Write it?" });
  store.sqlite.prepare("UPDATE run SET parent_task_id = ? WHERE id = ?").run(root * 2 ** 20 + 1, child);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("Write it?");
  await screen.press("2");
  await screen.waitFor(/› 1 +parent +waiting .*2\.1/);
  expect(screen.text()).not.toMatch(/2 +gated/);
  await screen.press("enter");
  await screen.waitFor("→ #2 gated");
  expect(screen.text()).toContain("‖ 2.1");
  expect(screen.text()).toContain("waits for the decision 2.1 of its child run #2: Write it?");
  await screen.press("down");
  await screen.waitFor("nested waits for its child run #2 gated");
  await screen.press("enter");
  await screen.waitFor("#2 gated  waiting");
});

test("without a UTF-8 locale all is drawn in ASCII, what others wrote as well", async () => {
  const store = await openTestStore();
  const run = insertWaitingRun(store, BACKUP, { message: "Grüße löschen → ✓?", show: ["día"] });
  const screen = openScreen(["ui", "--db", store.path], { env: { LANG: "C", LC_ALL: "C" } });
  await screen.waitFor("> ");
  await screen.waitFor("Gr??e l?schen > +?");
  await screen.press("enter");
  await screen.waitFor("APPROVE");
  await screen.press("o");
  await screen.waitFor(`#${run} nightly-backup`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for what is not plain ASCII
  expect(screen.raw()).not.toMatch(/[^\x00-\x7f]/);
});

test("at 200 columns and 60 rows the whole terminal is used, and no more", async () => {
  const store = await openTestStore();
  insertManyWaiting(store, 200);
  const screen = openScreen(["ui", "--db", store.path], { columns: 200, rows: 60 });
  await screen.waitFor("200 wait");
  await screen.press("enter");
  await screen.waitFor("Write 55?");
  const lines = screen.lines();
  expect(lines).toHaveLength(60);
  expect(lines[0]).toContain("Lockstep");
  expect(lines[59]).toContain("Enter open");
  expect(lines.slice(2, 58).every((line) => /Write \d+\?/.test(line))).toBe(true);
  await screen.press("pagedown");
  await screen.waitFor("Write 56?");
});

test("what another process writes, marks, filters and approves keeps pace with 10,000 pending", async () => {
  const store = await openTestStore();
  insertManyWaiting(store, 10_000);
  const screen = openScreen(["ui", "--db", store.path]);
  await screen.waitFor("10000 wait");
  await screen.press("f");
  await screen.waitFor("Write 0?");
  await screen.press("end");
  await screen.waitFor(/› .*Write 9999\?/);
  await screen.press("g");
  await screen.waitFor(/› .*Write 0\?/);
  for (const count of [1, 2, 3]) {
    await screen.press("space");
    await screen.waitFor(`${count} marked`);
  }
  insertWaitingRun(store, createSpec("other", { a: [], b: ["a"] }), {
    message: "One more?",
    expiresAt: Date.now() + 60_000,
  });
  await screen.waitFor("Inbox 10001");
  await screen.press("A");
  await screen.waitFor("Approve 3 of low risk? Enter: yes");
  await screen.press("enter");
  await screen.waitFor("Approved 3 of 3.");
  await screen.waitFor("Inbox 9998");
});

test("a terminal that shrinks and grows again is drawn anew, whole", async () => {
  const store = await openTestStore();
  insertManyWaiting(store, 40);
  const screen = openScreen(["ui", "--db", store.path]);
  const before = await screen.waitFor((text) => text.includes("Write 19?") && /^ Enter/m.test(text));
  screen.resize(80, 15);
  screen.resize(80, 24);
  await screen.waitFor((text) => text === before);
  screen.resize(80, 15);
  await screen.waitFor((text) => /^ Lockstep/.test(text) && text.includes("Write 10?") && /^ Enter/m.test(text));
  screen.resize(80, 24);
  await screen.waitFor((text) => text === before);
  // What another program has written over it.
  screen.terminal.write("\x1b[2J");
  await screen.press("\x0c");
  await screen.waitFor((text) => text === before);
});
