/**
 * Calls an address while the daemon is well, so that who watches it learns of its end.
 *
 * Owns: its timer and the call under way. Owns not: what being well is (`assertWell`).
 */
import type { Clock } from "../core/ports.ts";
import type { Heartbeat as HeartbeatConfig } from "../definition/config/config.ts";
import { call, readText } from "./deliver-notice.ts";

const TIMEOUT_MS = 10_000;

export interface HeartbeatParts extends HeartbeatConfig {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Rejects where the daemon cannot do its work: then nobody is called. */
  readonly assertWell: () => Promise<void>;
  readonly log: (event: string, data: Readonly<Record<string, unknown>>) => void;
}

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #stopping = new AbortController();
  #cancel: (() => void) | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** Calls now, and then each interval. */
  start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#beating = this.#beat().then(() => {
      if (this.#stopping.signal.aborted) return;
      this.#cancel = this.#parts.clock.schedule(this.#parts.everyMs, () => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon stopped"));
    this.#cancel?.();
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const { url, log, assertWell } = this.#parts;
    try {
      await assertWell();
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await call(readText(this.#parts, url), { method: "GET", redirect: "follow", signal });
      await response.body?.cancel();
      if (!response.ok) log("heartbeat.refused", { status: response.status });
    } catch (error) {
      if (!this.#stopping.signal.aborted) log("heartbeat.failed", { error: String((error as Error).message) });
    }
  }
}
