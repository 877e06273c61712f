import { toDurationText } from "../core/duration.ts";
import type { ErrorValue } from "../core/errors.ts";
import { createTimeout, createUnresponsive, type FailedOutcome } from "./failed-outcome.ts";
import type { Traces } from "./runner.ts";
import type { WorkerDeath } from "./worker-link.ts";

/** Why we ended a worker ourselves, and after how long. */
export interface KillReason {
  readonly kind: "timeout" | "silent";
  readonly ms: number;
}

/** V8 says so before it aborts. */
export const OUT_OF_MEMORY = /JavaScript heap out of memory|Allocation failed|ERR_WORKER_OUT_OF_MEMORY/;
const LAST_LINE_CHARS = 300;

/** The outcome of the attempt that was alone in a worker when it died. */
export function describeDeath(death: WorkerDeath, killed: KillReason | undefined, traces: Traces): FailedOutcome {
  if (killed?.kind === "timeout") {
    return createTimeout(killed.ms, " and stopped answering (an endless loop?); its process was ended", traces);
  }
  if (killed?.kind === "silent") {
    const message = `stopped answering for ${toDurationText(killed.ms)} (an endless loop?); its process was ended. If it computes for long, give it a timeout: that is its limit then.`;
    return createUnresponsive(message, traces);
  }
  return {
    kind: "failed",
    status: "crashed",
    error: describeCrash(death),
    retryable: true,
    ...(death.exitCode === null ? {} : { exitCode: death.exitCode }),
    ...(death.signal === null ? {} : { signal: death.signal }),
    ...traces,
  };
}

/** What ended a worker, as an error. */
export function describeCrash(death: WorkerDeath): ErrorValue {
  const { fatal } = death;
  if (fatal !== undefined) {
    const what = fatal.rejection ? "an unhandled rejection" : "an uncaught exception";
    const message = `ended its process by ${what}: ${fatal.error.name}: ${fatal.error.message}`;
    return {
      name: "CrashError",
      code: fatal.rejection ? "unhandled_rejection" : "uncaught_exception",
      message,
      cause: fatal.error,
    };
  }
  if (OUT_OF_MEMORY.test(death.lastWords)) {
    return createCrash("out_of_memory", "ran out of memory: its process reached the limit of V8's heap");
  }
  if (death.signal !== null) return createCrash("signal", describeSignal(death.signal) + quoteLastLine(death));
  if (death.exitCode === null)
    return createCrash("worker_failed", `its process could not be started${quoteLastLine(death)}`);
  return createCrash(
    "exit",
    `ended its process with exit code ${death.exitCode} (process.exit?)${quoteLastLine(death)}`,
  );
}

function describeSignal(signal: string): string {
  switch (signal) {
    case "SIGSEGV":
    case "SIGBUS":
      return `ended its process by ${signal}, a fault in native code`;
    case "SIGABRT":
    case "SIGTRAP":
    case "SIGILL":
      return `ended its process by ${signal} (an abort, or a fault in native code)`;
    case "SIGKILL":
      return "lost its process to SIGKILL: from outside, or from the kernel for want of memory";
    default:
      return `lost its process to ${signal}`;
  }
}

function createCrash(code: string, message: string): ErrorValue {
  return { name: "CrashError", code, message };
}

function quoteLastLine({ lastWords }: WorkerDeath): string {
  const line = lastWords.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `. It last said: ${line.slice(0, LAST_LINE_CHARS)}`;
}
