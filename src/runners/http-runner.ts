/** Executes the plans of HTTP requests in the engine's process. */

import { formatDuration } from "../core/duration-format.ts";
import { GRACE_DEFAULT_MS, OUTPUT_BYTES_MAX } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import type { RequestPlan } from "../definition/program.ts";
import { AttemptLimits, type EarlyEnd } from "./attempt-limits.ts";
import { createCanceled, createFailure, createTimeout } from "./failed-outcome.ts";
import { fetchFollowing, type Request } from "./follow-redirects.ts";
import { findMasker } from "./given-secrets.ts";
import { LogFile } from "./log-file.ts";
import type { Assignment, Outcome } from "./runner.ts";
import { checkRequestPlaces } from "./secret-places.ts";
import { createTooLarge, serializeTaskOutput } from "./serialize-value.ts";

const FOUND_CHARS_MAX = 200;
/** A server cannot put a task off for longer than a day. */
const RETRY_AFTER_MAX_MS = 86_400_000;
/** A request that has no timeout of its own. */
const TIMEOUT_DEFAULT_MS = 60 * GRACE_DEFAULT_MS;

export class HttpRunner {
  readonly #clock: Clock;
  readonly #running = new Map<AttemptLimits, Promise<Outcome>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  execute(assignment: Assignment, plan: RequestPlan, signal: AbortSignal): Promise<Outcome> {
    const controller = new AbortController();
    const timeoutMs = assignment.spec.timeoutMs ?? TIMEOUT_DEFAULT_MS;
    let early: EarlyEnd | undefined;
    const limits = new AttemptLimits(signal, timeoutMs, this.#clock, (reason) => {
      early = reason;
      controller.abort();
    });
    if (signal.aborted) limits.onAbort();
    const outcome = this.#request(assignment, plan, controller.signal).then((settled) => {
      limits.dispose();
      this.#running.delete(limits);
      if (early === undefined || (early !== "timeout" && settled.kind === "succeeded")) return settled;
      if (early === "stop") return { kind: "interrupted", reason: "the engine stopped" } as const;
      return early === "cancel" ? createCanceled() : createTimeout(timeoutMs, "");
    });
    this.#running.set(limits, outcome);
    return outcome;
  }

  async close(): Promise<void> {
    for (const limits of this.#running.keys()) limits.end("stop");
    await Promise.all(this.#running.values());
  }

  async #request(assignment: Assignment, plan: RequestPlan, signal: AbortSignal): Promise<Outcome> {
    const masker = findMasker(assignment);
    const log = new LogFile(assignment.logPath, this.#clock, masker);
    for (const note of assignment.secrets?.notes ?? []) log.write("e", `lockstep: ${note}\n`);
    const { id } = assignment.spec;
    const beganAt = this.#clock.now();
    try {
      if (masker !== undefined) checkRequestPlaces(id, plan, masker);
      const response = await fetchFollowing(createRequest(id, plan, signal, masker));
      const text = await readText(id, response);
      const tookMs = this.#clock.now() - beganAt;
      log.write(
        "o",
        `${plan.method ?? "GET"} ${withoutSecrets(plan.url)} ${response.status} ${formatDuration(tookMs)}\n`,
      );
      if (!response.ok) return this.#refused(response, masker === undefined ? text : masker.mask(text), log);
      const headers = Object.fromEntries(response.headers);
      const output = serializeTaskOutput(id, { status: response.status, headers, body: parseBody(response, text) });
      return { kind: "succeeded", output, ...log.close() };
    } catch (error) {
      return createFailure(error, log.close(), masker?.mask);
    }
  }

  /** Trying again helps where the server says so (429) or is itself at fault (5xx). */
  #refused(response: Response, text: string, log: LogFile): Outcome {
    const { status } = response;
    const retryable = status === 429 || status === 408 || status >= 500;
    const retryAfterMs = retryable ? this.#readRetryAfter(response.headers.get("retry-after")) : undefined;
    const said = text.trim().slice(0, FOUND_CHARS_MAX);
    const message = `the server answered ${status}${response.statusText ? ` ${response.statusText}` : ""}${said === "" ? "" : `: ${said}`}`;
    return {
      kind: "failed",
      status: "failed",
      error: { name: "HttpError", code: `http_${status}`, message },
      retryable,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...log.close(),
    };
  }

  /** Seconds, or an HTTP date. */
  #readRetryAfter(text: string | null): number | undefined {
    if (text === null) return undefined;
    const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - this.#clock.now();
    return Number.isFinite(ms) ? Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS) : undefined;
  }
}

function createRequest(
  taskId: string,
  { url, method, headers, body }: RequestPlan,
  signal: AbortSignal,
  masker: SecretMasker | undefined,
): Request {
  const sent = new Headers(headers);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  if (body !== undefined && typeof body !== "string" && !sent.has("content-type")) {
    sent.set("content-type", "application/json");
  }
  const used = (method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  return { taskId, url, method: used, headers: sent, body: text, signal, masker };
}

/** The body as text, up to the limit of an output. */
async function readText(taskId: string, response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > OUTPUT_BYTES_MAX) throw createTooLarge(taskId, OUTPUT_BYTES_MAX);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseBody(response: Response, text: string): unknown {
  if (!/\bjson\b/i.test(response.headers.get("content-type") ?? "")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the header lied: it is handed on as it came
  }
}

/** Addresses carry keys in their query, and the log is read by many. */
function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
}
