import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { decide, getDecided } from "../../src/engine/decide.ts";
import { PlanCache } from "../../src/engine/plan-cache.ts";
import type { CheckpointRow } from "../../src/store/checkpoint-rows.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getTaskId } from "../../src/store/task-id.ts";
import { startLockstep } from "../support/lockstep-process.ts";
import { openTestStore } from "../support/open-test-store.ts";
import { createSpec, insertRunRows } from "../support/run-rows.ts";
import { openScreen, type Screen } from "../support/screen.ts";
import { type Gate, insertGate, insertWaitingRun } from "../support/ui-database.ts";

const BACKUP = createSpec(
  "nightly-backup",
  { dump: [], verify: ["dump"], prune: ["verify"] },
  { of: { prune: { kind: "confirm" } } },
);

/** A database in which one run waits, and the UI on it. */
async function open(gate: Gate, argv: readonly string[] = []): Promise<{ store: Store; run: number; screen: Screen }> {
  const store = await openTestStore();
  const run = insertWaitingRun(store, BACKUP, { message: "Delete 12 old files?", ...gate });
  const screen = openScreen(["ui", "--db", store.path, ...argv]);
  await screen.waitFor("Delete 12 old files?");
  return { store, run, screen };
}

function getGate(store: Store, run: number, number = 1): CheckpointRow {
  const row = getRows(store).checkpoints.find(run, number);
  if (row === undefined) throw new Error(`no checkpoint ${run}.${number}`);
  return row;
}

function getDecision(store: Store, run: number, number = 1) {
  const found = getRows(store).decisions.find(getGate(store, run, number).id);
  if (found === undefined) throw new Error(`${run}.${number} is not decided`);
  return found;
}

async function openGate(screen: Screen): Promise<void> {
  await screen.press("enter");
  await screen.waitFor("APPROVE");
}

test("two keys approve what is of low risk, and record who did, through what, having seen which hash", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await screen.press("a");
  await screen.waitFor(`Approve ${run}.1 "Delete 12 old files?"? Enter: yes, Esc: no`);
  await screen.press("enter");
  await screen.waitFor(`Recorded. No engine runs: lockstep resume ${run}.`);
  const gate = getGate(store, run);
  expect(gate.status).toBe("approved");
  expect(getDecision(store, run)).toMatchObject({
    choice: "approve",
    via: "ui",
    actorKind: "person",
    seenHash: gate.hash,
  });
  expect(getRows(store).runs.getStatus(run)).toBe("queued");
  await screen.waitFor("Nothing waits in");
});

test("what is of high risk is not approved in the inbox, and not without its workflow's name", async () => {
  const { store, run, screen } = await open({ risk: "high" });
  await screen.press("a");
  await screen.waitFor("is of high risk: open it and look first");
  await openGate(screen);
  await screen.press("a");
  await screen.waitFor("Type nightly-backup to approve (Esc: no):");
  screen.type("nightly");
  await screen.waitFor("nightly_");
  screen.type("\r");
  await screen.waitFor('Expected nightly-backup, found "nightly". Nothing was done yet');
  expect(getGate(store, run).status).toBe("open");
  screen.type("-backup");
  await screen.waitFor("nightly-backup_");
  screen.type("\r");
  await screen.waitFor("Recorded.");
  expect(getGate(store, run).status).toBe("approved");
});

test("Esc takes a question back, and nothing is decided", async () => {
  const { store, run, screen } = await open({ risk: "medium" });
  await openGate(screen);
  await screen.press("a");
  await screen.waitFor(`Approve ${run}.1? Enter: yes`);
  screen.type("\x1b");
  await screen.waitFor("live: this screen is what you decide on");
  expect(getGate(store, run).status).toBe("open");
});

test("a rejection needs a reason, and carries it", async () => {
  const { store, run, screen } = await open({});
  await openGate(screen);
  await screen.press("r");
  await screen.waitFor("Reject 1.1, because (Esc: no): _");
  screen.type("\r");
  await screen.waitFor("A text is required");
  screen.type("wrong host");
  await screen.waitFor("wrong host_");
  screen.type("\r");
  await screen.waitFor("Recorded.");
  expect(getDecision(store, run)).toMatchObject({ choice: "reject", reason: "wrong host" });
  expect(getGate(store, run).status).toBe("rejected");
});

test("sending back carries the feedback", async () => {
  const { store, run, screen } = await open({});
  await openGate(screen);
  await screen.press("b");
  await screen.waitFor("Send back; what should be different");
  screen.type("keep two weeks");
  await screen.waitFor("weeks_");
  screen.type("\r");
  await screen.waitFor("Recorded.");
  expect(getDecision(store, run).choice).toBe("redo");
  expect(JSON.parse(getDecision(store, run).patchJson ?? "")).toEqual({ feedback: "keep two weeks" });
});

test("an edit of a layer's output is shown as a difference before it counts", async () => {
  const store = await openTestStore();
  const spec = createSpec("merge", { read: [], write: ["read"] });
  const run = insertRunRows(store, spec, {
    ...{ status: "waiting", parkedAt: 1, layer: 0 },
    tasks: { read: { output: '{"port":80}' }, write: { status: "pending" } },
  });
  insertGate(store, run, { kind: "layer", layer: 0, message: "Layer 0 done, 1 of 1. Start layer 1?", risk: "low" });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`]);
  await screen.waitFor('read: {"port":80}');
  await screen.press("e");
  await screen.waitFor('read={"port":80}_');
  screen.type("\x7f\x7f\x7f");
  await screen.waitFor('read={"port":_');
  screen.type("8080}");
  await screen.waitFor("8080}_");
  screen.type("\r");
  await screen.waitFor('read: {"port":80} → {"port":8080} Enter: yes, Esc: no');
  await screen.press("enter");
  await screen.waitFor("Recorded.");
  expect(JSON.parse(getDecision(store, run).patchJson ?? "")).toMatchObject({ values: { read: { port: 8080 } } });
});

test("at the review of a layer stands what its map gave; a list that is not shown to its end is not edited in a row", async () => {
  const store = await openTestStore();
  const spec = createSpec("load-all", { load: [], write: ["load"] }, { of: { load: { map: {} } } });
  const run = insertRunRows(store, spec, {
    ...{ status: "waiting", parkedAt: 1, layer: 0 },
    tasks: { write: { status: "pending" } },
  });
  insertInstances(store, run, 1_500);
  insertGate(store, run, { kind: "layer", layer: 0, message: "Layer 0 done, 1 of 1. Start layer 1?", risk: "low" });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`], { env: { PAGER: "tail -n 2" } });
  await screen.waitFor("load (the first 1000 of 1500 items):");
  await screen.waitFor("thing 0");
  await screen.press("e");
  await screen.waitFor(`Too long for a row: lockstep edit ${run}.1 --set load=@FILE`);
  await screen.press("v");
  await screen.waitFor("thing 1499");
});

/** The first task is a map that was expanded to so many instances; all of them have succeeded. */
function insertInstances(store: Store, run: number, count: number): void {
  store.sqlite.exec(`
    UPDATE task SET items_base = 2, items_count = ${count}, output = NULL WHERE id = ${getTaskId(run, 0)};
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
    INSERT INTO task (id, run_id, idx, parent_id, item, layer, status, attempt, output, started_at, finished_at)
    SELECT ${getTaskId(run, 2)} + i, ${run}, 2 + i, ${getTaskId(run, 0)}, i, 0, 'succeeded', 1, '"thing ' || i || '"', 1, 2
    FROM n`);
}

test("of a map only the picked items are approved", async () => {
  const store = await openTestStore();
  const spec = createSpec("clean", { old: [], prune: ["old"] }, { of: { prune: { map: { maxConcurrent: 2 } } } });
  const run = insertWaitingRun(store, spec, { message: "Delete them?", risk: "low", resolved: ["/a", "/b", "/c"] });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`]);
  await screen.waitFor("starts prune, 3 times, 2 at once");
  await screen.press("s");
  await screen.waitFor("items: 3 of 3 picked");
  await screen.press("down", "space");
  await screen.waitFor("items: 2 of 3 picked");
  await screen.press("enter");
  await screen.waitFor("starts prune, 2 times, 2 at once (of 3, as picked)");
  await screen.press("a");
  await screen.waitFor("Recorded.");
  expect(JSON.parse(getDecision(store, run).patchJson ?? "")).toEqual({ only: [0, 2] });
});

test("a form is asked for field by field", async () => {
  const store = await openTestStore();
  const fields = {
    type: "object",
    properties: { host: { type: "string" }, days: { type: "integer" } },
    required: ["host", "days"],
  };
  const spec = createSpec("clean", { old: [], prune: ["old"] }, { of: { prune: { checkpoint: { fields } } } });
  const run = insertWaitingRun(store, spec, { message: "Where?", risk: "low" });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`]);
  await screen.waitFor("Where?");
  await screen.press("a");
  await screen.waitFor("host (text; Esc: no): _");
  screen.type("srv2");
  await screen.waitFor("srv2_");
  screen.type("\r");
  await screen.waitFor("days (whole number; Esc: no): _");
  screen.type("14");
  await screen.waitFor("14_");
  screen.type("\r");
  await screen.waitFor("Recorded.");
  expect(JSON.parse(getDecision(store, run).patchJson ?? "")).toEqual({ answers: { host: "srv2", days: 14 } });
});

test("another process decides meanwhile: the screen says so, and keys decide nothing", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await openGate(screen);
  const rows = getRows(store);
  const parts = { rows, plans: new PlanCache(rows), now: () => Date.now() };
  const by = { kind: "person", name: "bob", host: "srv1" } as const;
  const request = { run, number: 1, seenHash: getGate(store, run).hash, by, via: "cli" };
  getDecided(
    await store.writeTransaction(() =>
      decide(parts, { ...request, decision: { decision: "reject", reason: "wrong host" } }),
    ),
  );
  await screen.waitFor(/1\.1 was rejected by bob@srv1 today \d\d:\d\d \("wrong host"\)/);
  await screen.press("a");
  await screen.waitFor("was rejected by bob@srv1");
  expect(getDecision(store, run).actor).toBe("bob");
});

test("content that changes on screen stops all decisions until Space shows what changed", async () => {
  const { store, run, screen } = await open({ risk: "low", resolved: ["/a", "/b"] });
  await openGate(screen);
  const gate = getGate(store, run);
  store.transaction(() => getRows(store).checkpoints.mark(gate.id, "open", "superseded", Date.now()));
  insertGate(store, run, {
    taskId: getTaskId(run, 2),
    round: 2,
    message: gate.message,
    risk: "low",
    resolved: ["/a", "/b", "/c"],
  });
  await screen.waitFor("CHANGED while you looked: 2 items then, 3 now (+1). Space: show what changed");
  // Keys are dead for a moment from then on, which the next drawing says.
  await screen.waitFor(/^·/m);
  await screen.press("a");
  await screen.waitFor("CHANGED while you looked");
  expect(getGate(store, run, 2).status).toBe("open");
  // A key between them: what arrives as one piece is a paste.
  await screen.press("down", "space");
  await screen.waitFor("since you looked: 2 items then, 3 now (+1)");
  await screen.press("a");
  await screen.waitFor("Recorded.");
  expect(getDecision(store, run, 2)).toMatchObject({ choice: "approve", seenHash: getGate(store, run, 2).hash });
});

test("what a task gave before it ran again is what the new round is compared with", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  const setOutput = store.sqlite.prepare("UPDATE task SET output = ? WHERE id = ?");
  setOutput.run('"one host"', getTaskId(run, 1));
  await openGate(screen);
  await screen.waitFor("verify: one host");
  const gate = getGate(store, run);
  store.transaction(() => {
    getRows(store).checkpoints.mark(gate.id, "open", "superseded", Date.now());
    setOutput.run('"all hosts"', getTaskId(run, 1));
  });
  insertGate(store, run, { taskId: getTaskId(run, 2), round: 2, message: gate.message, risk: "low" });
  await screen.waitFor("CHANGED while you looked: what verify gave is another. Space: show what changed");
  await screen.press("space");
  await screen.waitFor("since you looked: what verify gave is another");
});

test("a long question without a space is on the screen, and whole in the pager", async () => {
  const question = "請問是否要刪除這些舊的備份檔案".repeat(20);
  const store = await openTestStore();
  const run = insertWaitingRun(store, BACKUP, { message: `${question}完`, risk: "low" });
  const screen = openScreen(["ui", "--db", store.path, "--checkpoint", `${run}.1`], { env: { PAGER: "cat" } });
  await screen.waitFor("APPROVE");
  expect(screen.lines().slice(1, 4).join("").replaceAll(" ", "")).toBe(question.slice(0, 117));
  await screen.press("v");
  await screen.waitFor("完");
});

test("a key that was meant for the view before does nothing", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await screen.press("enter");
  // The dot says that keys are dead; the key comes within that time.
  await screen.waitFor(/^·a approve/m);
  screen.type("a");
  await screen.waitFor(/^ a approve/m);
  expect(screen.text()).toContain("live: this screen is what you decide on");
  expect(getGate(store, run).status).toBe("open");
});

test("a paste decides nothing", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await openGate(screen);
  await screen.waitFor(/^ a approve/m);
  screen.type("aaaa");
  await screen.press("esc");
  await screen.waitFor("QUESTION");
  expect(getGate(store, run).status).toBe("open");
});

test("--read-only looks and decides nothing, and says why", async () => {
  const { store, run, screen } = await open({ risk: "low" }, ["--read-only"]);
  expect(screen.text()).toContain("read-only");
  await screen.press("a");
  await screen.waitFor("It was opened with --read-only");
  await openGate(screen);
  await screen.press("r");
  await screen.waitFor("It was opened with --read-only");
  expect(getGate(store, run).status).toBe("open");
});

test("marked lines of low risk are approved at once, and the others are left", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  const second = insertWaitingRun(store, createSpec("triage", { read: [], send: ["read"] }), {
    message: "Send 4 replies?",
    risk: "low",
  });
  const third = insertWaitingRun(store, createSpec("release", { build: [], deploy: ["build"] }), {
    message: "Deploy?",
    risk: "high",
  });
  await screen.waitFor("Deploy?");
  for (const count of [1, 2, 3]) {
    await screen.press("space");
    await screen.waitFor(`${count} marked`);
  }
  await screen.press("A");
  await screen.waitFor("Approve 2 of low risk, not the 1 others? Enter: yes");
  await screen.press("enter");
  await screen.waitFor("Approved 2 of 2.");
  expect([run, second, third].map((each) => getGate(store, each).status)).toEqual(["approved", "approved", "open"]);
});

test("without a terminal it prints what is pending and exits 3", async () => {
  const store = await openTestStore();
  insertWaitingRun(store, BACKUP, { message: "Delete 12 old files?" });
  const { exitCode, out } = await startLockstep("/tmp", ["ui", "--db", store.path]).ended;
  expect(out).toContain("1.1  medium  nightly-backup  Delete 12 old files?");
  expect(exitCode).toBe(3);
});

test.each([
  ["q", 0],
  ["ctrl-c", 130],
])("%s leaves with exit code %i, and gives the screen back", async (key, code) => {
  const { screen } = await open({});
  await screen.press(key);
  expect(await screen.exitCode).toBe(code);
  expect(screen.raw()).toContain("\x1b[?1049l");
});

test("u takes a decision back while no engine has acted on it, from the inbox and from the checkpoint", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await screen.press("a");
  await screen.waitFor("Enter: yes");
  await screen.press("enter");
  await screen.waitFor("u takes it back");
  await screen.press("u");
  await screen.waitFor(`Took back ${run}.1. It waits again, as ${run}.2.`);
  await screen.waitFor(/› .*1\.2 /);
  await openGate(screen);
  await screen.press("a");
  await screen.waitFor("Recorded.");
  await screen.press("u");
  await screen.waitFor(`It waits again, as ${run}.3.`);
  await screen.waitFor(new RegExp(`^ ${run}\\.3 nightly-backup`));
  expect(getGate(store, run, 3).status).toBe("open");
  expect(getRows(store).runs.getStatus(run)).toBe("waiting");
});

test("what an engine has acted on is not taken back", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await openGate(screen);
  await screen.press("a");
  await screen.waitFor("Recorded.");
  store.transaction(() => getRows(store).checkpoints.mark(getGate(store, run).id, "approved", "applied", Date.now()));
  await screen.waitFor(/low +applied/);
  await screen.press("u");
  await screen.waitFor("acted on already");
  expect(getGate(store, run).status).toBe("applied");
});

test("keys that come as one piece are taken one by one, but none of them decides", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  const second = insertWaitingRun(store, BACKUP, { message: "Delete one more?", risk: "low" });
  await screen.waitFor("Delete one more?");
  await screen.press("jk");
  await screen.press("j");
  await screen.waitFor(/› .*Delete one more/);
  await screen.press("kjka");
  await screen.waitFor("Several keys came at once: press a by itself");
  await screen.waitFor(/› .*Delete 12 old/);
  await screen.press("a");
  await screen.waitFor("Enter: yes");
  screen.type("\x1b[200~yes\r\x1b[201~");
  screen.type("\x1b");
  await screen.waitFor((text) => !text.includes("Enter: yes"));
  expect(getGate(store, run).status).toBe("open");
  await screen.press("\x1b[200~a\r\x1b[201~");
  await screen.waitFor("What is pasted here does nothing");
  expect([run, second].map((each) => getGate(store, each).status)).toEqual(["open", "open"]);
});

test("while another process writes for long it says so, and records once it may", async () => {
  const { store, run, screen } = await open({ risk: "low" });
  await openGate(screen);
  store.sqlite.exec("BEGIN IMMEDIATE");
  await screen.press("a");
  await screen.waitFor("Database busy: another process writes. Nothing is recorded yet");
  store.sqlite.exec("ROLLBACK");
  await screen.waitFor("Recorded.");
  expect(getGate(store, run).status).toBe("approved");
});

test("a file that a newer version takes over meanwhile ends it: the whole screen says so, exit 5", async () => {
  const { store, screen } = await open({});
  store.sqlite.exec("CREATE TABLE later (id INTEGER)");
  await screen.press("2");
  await screen.waitFor("PROGRESS");
  store.transaction(() => {
    store.sqlite.exec("CREATE TABLE newer (id INTEGER)");
    store.sqlite.exec("INSERT INTO __lockstep_migrations (tag, hash, applied_at) VALUES ('9999_newer', 'x', 1)");
  });
  await screen.waitFor("was written by a newer Lockstep");
  expect(screen.text()).toContain("The database can no longer be used here");
  expect(screen.text()).not.toContain("PROGRESS");
  screen.type("q");
  expect(await screen.exitCode).toBe(5);
  expect(screen.raw().slice(screen.raw().lastIndexOf("\x1b[?1049l"))).toContain("was written by a newer Lockstep");
});

test("a file that was put in the place of the open one ends it, too", async () => {
  const { store, screen } = await open({});
  const other = await openTestStore();
  other.sqlite.pragma("wal_checkpoint(TRUNCATE)");
  other.close();
  renameSync(other.path, store.path);
  await screen.waitFor("is no longer the file that was opened");
  screen.type("q");
  expect(await screen.exitCode).toBe(5);
});
