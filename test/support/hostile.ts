import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Store } from "../../src/store/open-store.ts";
import { getRows } from "../../src/store/rows.ts";
import { getScheduleRows } from "../../src/store/schedule-rows.ts";
import { createSpec, insertAttempt, insertInstances, insertRunRows } from "./run-rows.ts";
import { insertGate, insertWaitingRun } from "./ui-database.ts";
import { insertSchedule, insertSlot } from "./ui-schedules.ts";

/** Kinds of attack, each with five endings: 60 strings. */
const KINDS = [
  "\x1b]52;c;UFdORUQ=",
  "\x1b]8;;http://evil",
  "\x1b]0;title",
  "\x1b[8mhidden",
  "\rover",
  "\u202egnp",
  "\u2066isolate",
  "\u200bzero",
  "\x1b[2;2Hmove",
  "\x9b31mC1",
  "\u{e0041}tag",
  "\x1bPq#0",
];
const ENDS = ["", "\x07", "\x1b\\", "\x9c", "\n"];
export const ATTACKS = KINDS.flatMap((kind) => ENDS.map((end) => `${kind}${end}`));

/** What may never reach the terminal where no color is drawn: each escape is foreign. Rows end in LF. */
export const FOREIGN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** The runs of `seedHostile`. */
export interface Hostile {
  readonly approved: number;
  readonly waiting: number;
  readonly failed: number;
  readonly rejected: number;
}

/** A database in which every text that others write is the attack. */
export function seedHostile(store: Store, attack: string): Hostile {
  const [a, b] = [`a${attack}`, `b${attack}`];
  const spec = createSpec(`w${attack}`, { [a]: [], [b]: [a] }, { description: attack });
  const json = JSON.stringify(attack);
  const facts = { input: JSON.stringify({ [attack]: attack }), labels: JSON.stringify({ [attack]: attack }) };
  const gate = {
    message: `m${attack}`,
    show: [attack, { deep: attack, [attack]: 1 }],
    resolved: { command: { kind: "exec", argv: [attack] } },
  };
  const approved = insertWaitingRun(store, spec, gate);
  decideAs(store, approved, attack, "approve");
  const waiting = insertWaitingRun(store, spec, gate);
  insertGate(store, null, { kind: "ask", message: attack, show: attack, key: attack });
  insertGate(store, waiting, { kind: "ask", message: attack, show: attack });
  const rejected = insertWaitingRun(store, spec, gate);
  decideAs(store, rejected, attack, "reject");
  const mapped = createSpec(`w${attack}`, { [a]: [], [b]: [a] }, { of: { [a]: { map: {} } } });
  const failed = insertRunRows(store, mapped, {
    ...{ status: "failed", reason: attack, file: `/${attack}`, rowCount: 4, ...facts },
    tasks: { [a]: { output: json }, [b]: { status: "failed" } },
  });
  insertInstances(store, failed, 0, [{ output: json }, { status: "failed" }], [attack, attack]);
  for (const idx of [1, 3]) {
    const error = {
      message: attack,
      name: attack,
      code: attack,
      stack: attack,
      cause: { message: attack, name: attack },
    };
    insertAttempt(store, failed, idx, { error: JSON.stringify(error) });
  }
  const at = Date.now();
  const schedule = insertSchedule(store, {
    workflow: `w${attack}`,
    cron: attack,
    zone: "UTC",
    nextAt: at,
    file: attack,
  });
  insertSlot(store, schedule, at, "fired", failed);
  store.transaction(() => {
    getScheduleRows(store).saveFileError(attack, JSON.stringify({ message: attack }), at);
    for (const run of [null, failed])
      getRows(store).events.insert(run, [{ kind: "task.edited", data: { [attack]: attack } }], at);
  });
  return { approved, waiting, failed, rejected };
}

function decideAs(store: Store, run: number, attack: string, choice: "approve" | "reject"): void {
  const rows = getRows(store);
  store.transaction(() => {
    const row = rows.checkpoints.find(run, 1);
    if (row === undefined) throw new Error(`run ${run} has no checkpoint`);
    const who = {
      actorKind: "person",
      actor: attack,
      effectiveUser: attack,
      host: attack,
      tty: attack,
      via: attack,
    } as const;
    rows.decisions.insert({
      ...{ checkpointId: row.id, choice, patchJson: null, sameness: choice, seenHash: row.hash, at: Date.now() },
      ...{ reason: attack, comment: attack, ...who },
    });
    rows.checkpoints.mark(row.id, "open", choice === "approve" ? "approved" : "rejected", Date.now());
  });
}

/** What a task of that name has printed. A real one is a plain word, so its file is as well. */
export function writeHostileLog(store: Store, run: number, attack: string): void {
  const folder = join(dirname(store.path), "logs", String(run));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "a.0.1.log"),
    `1764000000000 o ${attack.replaceAll("\n", "")}\n1764000000000 e ${attack.replaceAll("\n", "")}\n`,
  );
}
