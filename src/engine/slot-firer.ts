/**
 * Fires the slots of the schedules that this process serves: for the daemon, and for a program that works.
 *
 * Owns: since when it has looked without a break, the inputs of schedules, what `local` is, the question about a clock
 * that is ahead. Owns not: when it looks, and which workflows are served.
 *
 * S1 A look that finds nothing due writes nothing; cursors that lie far behind move together, in one commit.
 * S2 Looks do not overlap: whoever owns it awaits one before the next.
 * S3 A row that cannot be read (a zone that this Node does not know) holds up no other; it is told once.
 */
import { InvalidDefinitionError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { findClockShift } from "../schedule/clock-shift.ts";
import { parseSchedulePolicy } from "../schedule/schedule-policy.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import { getScheduleRows, type ScheduleRow } from "../store/schedule-rows.ts";
import { askAboutClock, type ClockDoubt, withdrawClockQuestion } from "./clock-question.ts";
import { type FireResult, fireSlots, toRuleText } from "./fire-slots.ts";
import { findPendingStep } from "./pending-slots.ts";
import { PlanCache } from "./plan-cache.ts";
import { followZones, type Zones } from "./register-workflow.ts";
import type { RunControl } from "./run-control.ts";

/** After a longer break than this, slots that are due were not watched. */
const BREAK_MS = 60_000;
/** Cursors move so often at least: what the clock says is compared with them. */
const CURSOR_MS = 3_600_000;
/** Rows of one transaction beside the engine's. */
const BATCH_MAX = 500;

export interface SlotFirerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly newUid: () => string;
  readonly control: RunControl;
  /** What the machine has; absent: no config says. */
  readonly machine: PlanCache["machine"];
  /** Asked at each look: zones change while a process runs. */
  readonly readZones: () => Zones;
  readonly serves: (workflow: string) => boolean;
  /** Runs were queued. */
  readonly onQueued: () => void;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
}

export class SlotFirer {
  readonly #parts: SlotFirerParts;
  readonly #inputs = new Map<string, string>();
  /** By schedule: the rule that could not be read. Another one in its place may be. */
  readonly #invalid = new Map<number, string>();
  #watchedSinceAt: number;
  #lookedAt: number;
  #zones: Zones | undefined;
  #doubt: ClockDoubt | undefined;

  constructor(parts: SlotFirerParts) {
    this.#parts = parts;
    this.#watchedSinceAt = parts.clock.now();
    this.#lookedAt = this.#watchedSinceAt;
  }

  /** The input of a schedule, checked and completed; undefined: its schema refuses it, and its slots are missed. */
  setInput(workflow: string, schedule: string, inputJson: string | undefined): void {
    if (inputJson === undefined) this.#inputs.delete(toKey(workflow, schedule));
    else this.#inputs.set(toKey(workflow, schedule), inputJson);
  }

  /** Brings the ledgers up to now. */
  async look(): Promise<void> {
    const now = this.#parts.clock.now();
    if (Math.abs(now - this.#lookedAt) > BREAK_MS) this.#watchedSinceAt = now;
    this.#lookedAt = now;
    await this.#followZones(now);
    const waiting = this.#listMoved(now);
    const rows = getScheduleRows(this.#parts.store)
      .list()
      .filter((row) => this.#mayFire(row, waiting));
    const held = rows.filter((row) => findClockShift(row.cursorAt, now).kind === "ahead");
    const isTrusted = await this.#settleDoubt(held, now);
    const behind: ScheduleRow[] = [];
    for (const row of rows) {
      if (held.includes(row) && !isTrusted) continue;
      if (waiting.has(row.id) || isDue(row, now)) await this.#fireOrTell(row, isTrusted);
      else if (now - row.cursorAt > CURSOR_MS) behind.push(row);
    }
    await this.#moveCursors(behind);
  }

  /** How long until the next slot is due, where that is after now. */
  findWaitMs(): number | undefined {
    const { store, clock } = this.#parts;
    const nextAt = getScheduleRows(store).findNextAt(clock.now());
    return nextAt === null ? undefined : nextAt - clock.now();
  }

  /** A removed one is brought to its end, by whoever looks. */
  #mayFire(row: ScheduleRow, waiting: ReadonlySet<number>): boolean {
    if (row.removedAt === null) return this.#parts.serves(row.workflow);
    return row.cursorAt < row.removedAt || waiting.has(row.id);
  }

  /** Schedules with a row that waits no longer. */
  #listMoved(now: number): ReadonlySet<number> {
    const schedules = getScheduleRows(this.#parts.store);
    const scope = { schedules, findInput: this.#findInput };
    const moved = new Set<number>();
    for (const slot of schedules.listAllPending()) {
      const row = schedules.find(slot.scheduleId);
      if (row === undefined || moved.has(row.id)) continue;
      if (findPendingStep(scope, row, parseSchedulePolicy(row.policyJson), slot, now).kind !== "wait")
        moved.add(row.id);
    }
    return moved;
  }

  readonly #findInput = (workflow: string, schedule: string) => this.#inputs.get(toKey(workflow, schedule));

  async #followZones(now: number): Promise<void> {
    const { store, readZones, log } = this.#parts;
    const zones = readZones();
    const before = this.#zones;
    if (before?.localZone === zones.localZone && before.defaultZone === zones.defaultZone) return;
    const scope = { rows: getRows(store), schedules: getScheduleRows(store), ...zones };
    await store.writeTransaction(() => followZones(scope, now));
    if (before !== undefined) log("zone.changed", { from: before, to: zones });
    this.#zones = zones;
  }

  /** Whether somebody has said that the clock, which is far ahead of some schedules, is right. */
  async #settleDoubt(held: readonly ScheduleRow[], now: number): Promise<boolean> {
    const { store, log } = this.#parts;
    const rows = getRows(store);
    const before = this.#doubt;
    if (held.length === 0) {
      this.#doubt = undefined;
      if (before !== undefined) {
        await store.writeTransaction(() => withdrawClockQuestion(rows, before.lastLookAt, now));
      }
      return false;
    }
    const lastLookAt = Math.max(...held.map(({ cursorAt }) => cursorAt));
    const doubt = { lastLookAt, schedules: held.map(({ workflow, name }) => `${workflow}/${name}`) };
    this.#doubt = doubt;
    if (before?.lastLookAt !== lastLookAt) log("clock.held", { schedules: doubt.schedules, lastLookAt });
    return (await store.writeTransaction(() => askAboutClock(rows, doubt, now))).isTrusted;
  }

  /** S3 */
  async #fireOrTell(row: ScheduleRow, isClockTrusted: boolean): Promise<void> {
    try {
      await this.#fire(row, isClockTrusted);
    } catch (error) {
      if (!(error instanceof InvalidDefinitionError)) throw error;
      const { workflow, name } = row;
      if (!this.#isKnownInvalid(row)) this.#parts.log("schedule.invalid", { workflow, name, error: error.message });
      this.#invalid.set(row.id, toRuleText(row));
    }
  }

  #isKnownInvalid(row: ScheduleRow): boolean {
    return this.#invalid.get(row.id) === toRuleText(row);
  }

  async #fire(row: ScheduleRow, isClockTrusted: boolean): Promise<void> {
    const { store, log, onQueued } = this.#parts;
    for (let hasMore = true; hasMore; ) {
      const result = await store.writeTransaction(() => this.#fireInTurn(row.id, isClockTrusted));
      hasMore = result.hasMore;
      for (const run of result.started) log("slot.fired", { workflow: row.workflow, schedule: row.name, run });
      if (result.started.length > 0) onQueued();
    }
  }

  /** S1 */
  async #moveCursors(behind: readonly ScheduleRow[]): Promise<void> {
    const valid = behind.filter((row) => !this.#isKnownInvalid(row));
    for (let at = 0; at < valid.length; at += BATCH_MAX) {
      const batch = valid.slice(at, at + BATCH_MAX);
      try {
        await this.#parts.store.writeTransaction(() => {
          for (const { id } of batch) this.#fireInTurn(id, false);
        });
      } catch (error) {
        if (!(error instanceof InvalidDefinitionError)) throw error;
        for (const row of batch) await this.#fireOrTell(row, false);
      }
    }
  }

  #fireInTurn(scheduleId: number, isClockTrusted: boolean): FireResult {
    const { store, control, newUid, clock, machine } = this.#parts;
    const rows = getRows(store);
    const plans = new PlanCache(rows, machine);
    const scope = {
      ...{ rows, schedules: getScheduleRows(store), plans, control, newUid, isClockTrusted },
      ...{ watchedSinceAt: this.#watchedSinceAt, findInput: this.#findInput },
    };
    return fireSlots(scope, scheduleId, clock.now());
  }
}

function toKey(workflow: string, schedule: string): string {
  return `${workflow}\n${schedule}`;
}

/** A slot is due, its end is to be written, or the clock was set back. */
function isDue(row: ScheduleRow, now: number): boolean {
  if (row.removedAt !== null) return true;
  if (row.nextAt !== null && row.nextAt <= now) return true;
  if (row.pausedUntilAt !== null && row.pausedUntilAt <= now) return true;
  return findClockShift(row.cursorAt, now).kind === "setBack";
}
