import { userInfo } from "node:os";
import type { Actor } from "../core/decision.ts";
import { parseDuration } from "../core/duration.ts";
import { InvalidDefinitionError, InvalidInputError, LockstepError, NotFoundError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { Verdict } from "../core/verdict.ts";
import { findJsonSchema } from "../definition/schema-check.ts";
import { type AskRequest, hasVerdict, openAsk, takeVerdict } from "../engine/ask.ts";
import { decide, getDecided } from "../engine/decide.ts";
import type { Engine } from "../engine/engine.ts";
import { keepAlive } from "../platform/keep-alive.ts";
import { maskAll, maskAllJson } from "../runners/given-secrets.ts";
import type { Store } from "../store/open-store.ts";
import { retryBusyNow } from "../store/retry-busy.ts";
import { getRows, type Rows } from "../store/rows.ts";
import { listCheckpoints } from "../views/list-checkpoints.ts";
import { readRunId } from "./check-options.ts";
import type { AskOptions, Lockstep } from "./lockstep.ts";
import { serializeGiven } from "./serialize-given.ts";

export interface DecisionsParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly clock: Clock;
  /** @throws {LockstepError} `engine_stopped` where the file is closed. */
  readonly refuseClosed: () => void;
}

/** The part of the library in which people decide. `closing`: aborts when the library is closed. */
export function createDecisions(
  parts: DecisionsParts,
  closing: AbortSignal,
): Pick<Lockstep, "checkpoints" | "decide" | "ask"> {
  const { store, engine, clock, refuseClosed } = parts;
  const rows = getRows(store);
  return {
    checkpoints({ run, ...filter } = {}) {
      refuseClosed();
      return listCheckpoints(store, {
        ...filter,
        status: "open",
        ...(run === undefined ? {} : { run: readRunId(run) }),
      });
    },
    decide(checkpoint, decision, by) {
      refuseClosed();
      const { run, number } = parseName(checkpoint.id);
      const request = { run, number, seenHash: checkpoint.hash, decision, by: checkActor(by), via: "library" };
      const scope = { rows, plans: engine.plans, now: () => clock.now() };
      const decided = retryBusyNow(() => store.transaction(() => decide(scope, request)));
      engine.noteRequests();
      return { outcome: getDecided(decided).outcome };
    },
    async ask({ signal, run, ...question }) {
      refuseClosed();
      const request = { ...(await createRequest(question)), ...readAsking(rows, run) };
      const { id } = await store.writeTransaction(() => openAsk(rows, request, clock.now()));
      engine.noteRequests();
      return await awaitVerdict(parts, id, signal === undefined ? [closing] : [closing, signal]);
    },
  };
}

async function awaitVerdict({ store, engine, clock }: DecisionsParts, id: number, signals: AbortSignal[]) {
  const rows = getRows(store);
  const letGo = keepAlive();
  try {
    while (true) {
      const news = engine.awaitNews(signals);
      const verdict: Verdict | undefined = !hasVerdict(rows, id, clock.now())
        ? undefined
        : await store.writeTransaction(() => takeVerdict(rows, id, clock.now()));
      if (verdict !== undefined) return verdict;
      if (signals.some((signal) => signal.aborted)) throw createAborted(signals);
      await news;
    }
  } finally {
    letGo();
  }
}

function createAborted(signals: readonly AbortSignal[]): Error {
  const reason: unknown = signals.find((signal) => signal.aborted)?.reason;
  if (reason instanceof Error && signals.length > 1) return reason;
  return new LockstepError("ask_aborted", "Waiting for the answer was aborted. The question stays in the inbox.");
}

async function createRequest(question: Omit<AskOptions, "signal" | "run">): Promise<AskRequest> {
  const { message, show, risk = "medium", fields, key, timeout, by } = question;
  const schema = fields === undefined ? undefined : findJsonSchema(fields, "input");
  if (fields !== undefined && schema === undefined) {
    throw new InvalidDefinitionError(
      "fields: expected a schema whose library makes JSON Schema of it (zod 4.2 or newer)",
    );
  }
  return {
    ...{ message: maskAll(message), risk, key: key ?? null, run: null },
    ...(schema && { fields: schema }),
    showJson: maskShown(serializeGiven(show, "show")),
    timeoutMs: timeout === undefined ? null : parseDuration(timeout),
    by: by === undefined ? { kind: "person", name: userInfo().username } : checkActor(by),
  };
}

/** A task that asks may have been given secrets. */
function maskShown(json: string | undefined): string | null {
  return json === undefined ? null : maskAllJson(json);
}

/** The run that is asked in, where it is one of this file. */
function readAsking(rows: Rows, run: AskOptions["run"]): Pick<AskRequest, "run" | "task"> {
  if (run === undefined) return { run: null };
  const found = rows.runs.find(Number(run.id));
  if (found === undefined || rows.runs.getSaved(found.id, -1).uid !== run.uid) {
    throw new NotFoundError(`run: expected ctx.run of a task of this file, found #${run.id}. Nothing was asked.`);
  }
  return { run: found.id, task: { id: run.task, index: null } };
}

function parseName(id: string): { run: number | null; number: number } {
  const match = /^(?:ask-|(\d+)\.)(\d+)$/.exec(id);
  if (match === null) throw new NotFoundError(`No checkpoint "${id}". Expected one of checkpoints().`);
  return { run: match[1] === undefined ? null : Number(match[1]), number: Number(match[2]) };
}

function checkActor(by: Actor): Actor {
  if ((by.kind === "person" || by.kind === "agent") && typeof by.name === "string" && by.name !== "") return by;
  throw new InvalidInputError('Who decides? Expected { kind: "person" or "agent", name: "…" }. Nothing was done.');
}
