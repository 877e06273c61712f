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
/** A channel that hangs must not keep the others waiting. */
const DELIVERIES_MAX = 8;
/** Of a channel that no daemon here has: after so long nobody will. */
const ORPHAN_MS = 24 * 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;

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
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #stopping = new AbortController();
  #cursor: number | undefined;
  #cancel: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    const { store, origin } = parts;
    this.#notices = createNoticeRows(store);
    const schedules = getScheduleRows(store);
    this.#scope = { rows: getRows(store), schedules, notices: this.#notices, origin, told: new Map() };
  }

  /** Notes where to begin, so that what happens from now on is told. */
  async begin(): Promise<void> {
    const { store, clock } = this.#parts;
    this.#cursor = await store.writeTransaction(() => {
      this.#notices.removeOlder(clock.now() - KEPT_MS);
      return findStart(this.#scope);
    });
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
      this.#parts.log("notifier.failed", { error: (error as Error).message });
    }
  }

  /** Reads what is new and begins to deliver what is due. */
  async look(): Promise<void> {
    if (this.#cursor === undefined) await this.begin();
    await this.#collect();
    await this.#deliverDue();
  }

  /** The same, and waits for each delivery to end in one way or the other. */
  async flush(): Promise<void> {
    await this.look();
    await Promise.all(this.#underWay.values());
  }

  /** N3 */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon stopped"));
    this.#cancel?.();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async #collect(): Promise<void> {
    const { store, clock } = this.#parts;
    while (this.#notices.newestEvent() > (this.#cursor ?? 0)) {
      const { cursor } = await store.writeTransaction(() => collectNotices(this.#scope, clock.now())); // N1
      this.#cursor = cursor;
    }
  }

  async #deliverDue(): Promise<void> {
    const { clock, channels } = this.#parts;
    for (const notice of this.#notices.listDue(clock.now(), DELIVERIES_MAX)) {
      if (this.#underWay.size >= DELIVERIES_MAX || this.#stopping.signal.aborted) return;
      const channel = Object.hasOwn(channels, notice.channel) ? channels[notice.channel] : undefined;
      if (channel === undefined) await this.#putOff(notice);
      else if (await this.#claim(notice, channel)) this.#begin(notice, channel);
    }
  }

  /** N2 */
  #claim(notice: DueNotice, channel: NotifyChannel): Promise<boolean> {
    const untilAt = this.#parts.clock.now() + channel.timeoutMs + CLAIM_MS;
    return this.#parts.store.writeTransaction(() => this.#notices.claim(notice, untilAt));
  }

  #begin(notice: DueNotice, channel: NotifyChannel): void {
    const { deliver, log } = this.#parts;
    const message: NoticeMessage = JSON.parse(notice.body);
    const delivery = deliver(notice.channel, channel, message, this.#stopping.signal)
      .then(
        () => this.#noteDelivered(notice),
        (error: Error) => this.#noteFailure(notice, error),
      )
      .catch((error: Error) => log("notifier.failed", { error: error.message }))
      .finally(() => this.#underWay.delete(notice.id));
    this.#underWay.set(notice.id, delivery);
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
    const fact = { kind: "notice.failed", data: { notice: id, channel, about: kind, error } };
    await store.writeTransaction(() => {
      this.#notices.markFailed(id, error);
      this.#scope.rows.events.insert(null, [fact], clock.now());
    });
  }
}
