/**
 * Tells channels what the event log says.
 *
 * Owns: the reader's cursor, the notices, and the deliveries under way. Owns not: how one is delivered (`deliver`).
 *
 * N1 A notice and the cursor behind it are one transaction: nothing is passed over, and nothing written twice.
 * N2 Before a delivery its notice is claimed for longer than the delivery can take: of several daemons one tells it. One
 *    that dies in between leaves it to be told again.
 * N3 `stop` ends what is under way; it is told by the next daemon.
 */
import type { Clock } from "../core/ports.ts";
import type { Fact } from "../core/run-state.ts";
import type { NotifyChannel } from "../definition/config/config.ts";
import { createNoticeRows, type DueNotice, type NoticeRows } from "../store/notice-rows.ts";
import type { Store } from "../store/open-store.ts";
import { getRows } from "../store/rows.ts";
import { getScheduleRows } from "../store/schedule-rows.ts";
import { type CollectScope, collectNotices, findStart } from "./collect-notices.ts";
import type { Deliver } from "./deliver-notice.ts";
import type { NoticeMessage, NoticeOrigin } from "./notice-message.ts";

const LOOK_MS = 1_000;
const TRIES_MAX = 10;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 5 * 60_000;
/** Beyond a channel's timeout: what a claim lasts. */
const CLAIM_MS = 5_000;
/** Under way at once for one channel: one that hangs keeps no other waiting. */
const DELIVERIES_MAX = 4;
const ORPHANS_MAX = 100;
/** Of a channel that no daemon here has: after so long nobody will. */
const ORPHAN_MS = 24 * 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;
const FORGET_EVERY_MS = 3_600_000;

export interface NotifierParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly channels: Readonly<Record<string, NotifyChannel>>;
  readonly origin: NoticeOrigin;
  readonly deliver: Deliver;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
}

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #notices: NoticeRows;
  readonly #scope: CollectScope;
  /** By the notice's id. */
  readonly #underWay = new Map<number, { readonly channel: string; readonly ended: Promise<void> }>();
  readonly #stopping = new AbortController();
  #cursor: number | undefined;
  #cancel: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #filling: Promise<void> = Promise.resolve();
  #forgotAt = 0;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    const { store, origin } = parts;
    this.#notices = createNoticeRows(store);
    const schedules = getScheduleRows(store);
    this.#scope = { rows: getRows(store), schedules, notices: this.#notices, origin, told: new Map() };
  }

  /** Notes where to begin, so that what happens from now on is told. */
  async begin(): Promise<void> {
    this.#cursor = await this.#parts.store.writeTransaction(() => findStart(this.#scope));
  }

  start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancel = this.#parts.clock.schedule(LOOK_MS, () => {
      this.#looking = this.#lookAgain().then(() => this.start());
    });
  }

  /** A full or a busy disk passes, and the daemon says so. */
  async #lookAgain(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#noteTrouble(error as Error);
    }
  }

  #noteTrouble({ message }: Error): void {
    this.#parts.log("notifier.failed", { error: message });
  }

  /** Reads what is new and begins to deliver what is due. */
  async look(): Promise<void> {
    if (this.#cursor === undefined) await this.begin();
    await this.#collect();
    await this.#fill();
    await this.#forget();
  }

  /** The same, and waits for each delivery to end in one way or the other. */
  async flush(): Promise<void> {
    await this.look();
    await this.#awaitDeliveries();
  }

  /** N3 */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon stopped"));
    this.#cancel?.();
    await this.#looking;
    await this.#awaitDeliveries();
    await this.#filling;
  }

  async #awaitDeliveries(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.all(Array.from(this.#underWay.values(), ({ ended }) => ended));
      await this.#filling;
    }
  }

  async #collect(): Promise<void> {
    const { store, clock } = this.#parts;
    while (this.#notices.newestEvent() > (this.#cursor ?? 0)) {
      const { cursor } = await store.writeTransaction(() => collectNotices(this.#scope, clock.now())); // N1
      this.#cursor = cursor;
    }
  }

  /** Begins what is due, as far as each channel has room; one after the other, since looks and ends call it. */
  #fill(): Promise<void> {
    this.#filling = this.#filling.catch(() => {}).then(() => this.#deliverDue());
    return this.#filling;
  }

  async #deliverDue(): Promise<void> {
    const { clock, channels } = this.#parts;
    for (const [name, channel] of Object.entries(channels)) {
      const busy = [...this.#underWay.values()].filter((each) => each.channel === name).length;
      for (const notice of this.#notices.listDue(name, clock.now(), DELIVERIES_MAX - busy)) {
        if (this.#stopping.signal.aborted) return;
        if (await this.#claim(notice, channel)) this.#begin(notice, channel);
      }
    }
    const names = Object.keys(channels);
    for (const notice of this.#notices.listDueElsewhere(names, clock.now(), ORPHANS_MAX)) await this.#putOff(notice);
  }

  /** What was told long ago. */
  async #forget(): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    if (Math.abs(now - this.#forgotAt) < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    await store.writeTransaction(() => this.#notices.removeOlder(now - KEPT_MS));
  }

  /** N2 */
  #claim(notice: DueNotice, channel: NotifyChannel): Promise<boolean> {
    const untilAt = this.#parts.clock.now() + channel.timeoutMs + CLAIM_MS;
    return this.#parts.store.writeTransaction(() => this.#notices.claim(notice, untilAt));
  }

  #begin(notice: DueNotice, channel: NotifyChannel): void {
    const { deliver } = this.#parts;
    const message: NoticeMessage = JSON.parse(notice.body);
    const ended = deliver(notice.channel, channel, message, this.#stopping.signal)
      .then(
        () => this.#noteDelivered(notice),
        (error: Error) => this.#noteFailure(notice, error),
      )
      .catch((error: Error) => this.#noteTrouble(error))
      .then(() => {
        this.#underWay.delete(notice.id);
        if (!this.#stopping.signal.aborted) this.#fill().catch((error: Error) => this.#noteTrouble(error));
      });
    this.#underWay.set(notice.id, { channel: notice.channel, ended });
  }

  async #noteDelivered({ id, channel, kind, tries }: DueNotice): Promise<void> {
    const { store, clock, log } = this.#parts;
    await store.writeTransaction(() => this.#notices.markDelivered(id, clock.now()));
    log("notice.delivered", { notice: id, channel, kind, tries: tries + 1 });
  }

  async #noteFailure(notice: DueNotice, { message }: Error): Promise<void> {
    const { store, clock, log } = this.#parts;
    const { id, channel, kind } = notice;
    const tries = notice.tries + 1;
    const isOver = tries >= TRIES_MAX && !this.#stopping.signal.aborted;
    if (isOver) await this.#giveUp(notice, message);
    else {
      const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (tries - 1));
      await store.writeTransaction(() => this.#notices.postpone(id, clock.now() + waitMs, message));
    }
    log(isOver ? "notice.failed" : "notice.retrying", { notice: id, channel, kind, tries, error: message });
  }

  /** Another daemon may have its channel. */
  async #putOff(notice: DueNotice): Promise<void> {
    const { store, clock, log } = this.#parts;
    const error = `lockstep.config.yaml has no channel "${notice.channel}"`;
    if (clock.now() - notice.createdAt > ORPHAN_MS) return await this.#giveUp(notice, error);
    await store.writeTransaction(() => this.#notices.postpone(notice.id, clock.now() + RETRY_MAX_MS, error));
    log("notice.no_channel", { notice: notice.id, channel: notice.channel, kind: notice.kind });
  }

  async #giveUp({ id, channel, kind }: DueNotice, error: string): Promise<void> {
    const { store, clock } = this.#parts;
    const fact: Fact = { kind: "notice.failed", data: { notice: id, channel, about: kind, error } };
    await store.writeTransaction(() => {
      this.#notices.markFailed(id, error);
      this.#scope.rows.events.insert(null, [fact], clock.now());
    });
  }
}
