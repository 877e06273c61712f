import pLimit, { type LimitFunction } from "p-limit";
import { toErrorValue } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { SlotClass } from "../core/slot-class.ts";
import { ENGINE_STOPS } from "../runners/program-host.ts";
import type { Assignment, Runner } from "../runners/runner.ts";

/**
 * Owns the attempts that live in this process or are executed by it, and the places for them. Knows no database.
 *
 * A1 An attempt is in `live` from `dispatchAll` until its outcome was handed over.
 * A2 There are never more attempts of a class than places, because a claim is as large as `countFree` says. Processes are
 *    limited once more where they are started: one too many of them is worse than a function too many, whose three
 *    promises of p-limit would be a tenth of all that it costs.
 */
export interface Ticket {
  readonly runId: number;
  readonly index: number;
  readonly generation: number;
  readonly attempt: number;
  readonly slot: SlotClass;
}

export interface Dispatch {
  readonly ticket: Ticket;
  /** An error where its inputs cannot be handed over: the attempt fails without running. */
  readonly assignment: Assignment | Error;
}

export interface Arrival {
  readonly ticket: Ticket;
  readonly outcome: Outcome;
}

export class Dispatcher {
  readonly #runner: Runner;
  readonly #onArrival: (arrival: Arrival) => void;
  readonly #limit: LimitFunction;
  readonly #places: Readonly<Record<SlotClass, number>>;
  readonly #used: Record<SlotClass, number> = { function: 0, command: 0 };
  readonly #live = new Map<string, Ticket>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #execute = (assignment: Assignment, signal: AbortSignal): Promise<Outcome> => {
    try {
      return this.#runner.execute(assignment, signal);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  };

  constructor(runner: Runner, places: Readonly<Record<SlotClass, number>>, onArrival: (arrival: Arrival) => void) {
    this.#runner = runner;
    this.#places = places;
    this.#onArrival = onArrival;
    this.#limit = pLimit(places.command);
  }

  /** Places for further attempts of a class. */
  countFree(slot: SlotClass): number {
    return this.#places[slot] - this.#used[slot];
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** True while an attempt of the run lives. O(live attempts). */
  hasLive(runId: number): boolean {
    for (const ticket of this.#live.values()) if (ticket.runId === runId) return true;
    return false;
  }

  isLive(ticket: Omit<Ticket, "slot">): boolean {
    const live = this.#live.get(getTicketKey(ticket));
    return live !== undefined && live.generation === ticket.generation && live.attempt === ticket.attempt;
  }

  /** Starts attempts. One whose assignment could not be put together has failed. */
  dispatchAll(claims: readonly Dispatch[]): void {
    for (const { ticket, assignment } of claims) {
      this.#live.set(getTicketKey(ticket), ticket); // A1
      if (!(assignment instanceof Error)) this.#used[ticket.slot]++; // A2: the first function may have a turn of its own
    }
    for (const { ticket, assignment } of claims) this.#start(ticket, assignment);
  }

  #start(ticket: Ticket, assignment: Assignment | Error): void {
    if (assignment instanceof Error) return this.#onArrival({ ticket, outcome: createFailure(assignment, false) });
    const signal = this.#getSignal(ticket.runId);
    const arrive = (outcome: Outcome): void => {
      this.#used[ticket.slot]--;
      this.#onArrival({ ticket, outcome });
    };
    const isCommand = ticket.slot === "command";
    const ended = isCommand ? this.#limit(this.#execute, assignment, signal) : this.#execute(assignment, signal);
    void ended.then(arrive, (thrown: unknown) => arrive(createFailure(thrown, true)));
  }

  /** The outcome is recorded, or is not wanted any more. */
  forget(ticket: Ticket): void {
    const key = getTicketKey(ticket);
    if (this.#live.get(key) === ticket) this.#live.delete(key);
  }

  /** Tells all attempts of a run to end, because it is canceled. */
  cancelRun(runId: number): void {
    this.#aborts.get(runId)?.abort();
  }

  /** Tells all attempts to end, because the engine does. */
  stopAll(): void {
    for (const controller of this.#aborts.values()) controller.abort(ENGINE_STOPS);
  }

  /** A run has ended or was given away: nothing of it lives. */
  forgetRun(runId: number): void {
    this.#aborts.delete(runId);
  }

  #getSignal(runId: number): AbortSignal {
    const found = this.#aborts.get(runId);
    if (found !== undefined && !found.signal.aborted) return found.signal;
    const controller = new AbortController();
    this.#aborts.set(runId, controller);
    return controller.signal;
  }
}

function getTicketKey({ runId, index }: Pick<Ticket, "runId" | "index">): string {
  return `${runId}:${index}`;
}

function createFailure(thrown: unknown, retryable: boolean): Outcome {
  return { kind: "failed", status: "failed", error: toErrorValue(thrown), retryable };
}
