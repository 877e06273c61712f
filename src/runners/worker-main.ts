/**
 * The process in which function tasks run: here, and nowhere near a database, users' modules are imported. Entry of
 * `dist/worker.js`; started by a `WorkerLink`, whose death is its death (worker-watchdog.ts).
 */
import { toErrorValue } from "../core/errors.ts";
import { maskAll } from "./given-secrets.ts";
import { WorkerDesk } from "./worker-desk.ts";
import { captureOutput } from "./worker-output.ts";
import type { FromWorker, ToWorker, WorkerReport } from "./worker-protocol.ts";
import { startWatchdog } from "./worker-watchdog.ts";

/** How long a dying worker waits for its last word to be on its way. */
const LAST_WORD_MS = 1_000;

const send = process.send?.bind(process);
if (send === undefined) {
  throw new Error("this file is started by lockstep itself");
}

let reports: WorkerReport[] = [];
let begun = 0;
let flushing = false;

function flush(): void {
  const envelope: FromWorker = { begun, messages: reports };
  reports = [];
  begun = 0;
  send?.(envelope);
}

function flushSoon(): void {
  if (flushing) return;
  flushing = true;
  setImmediate(() => {
    flushing = false;
    flush();
  });
}

function report(message: WorkerReport): void {
  reports.push(message);
  flushSoon();
}

function reportBegun(): void {
  begun += 1;
  flushSoon();
}

const desk = new WorkerDesk(report, reportBegun, flush);

process.on("message", (envelope: ToWorker) => {
  desk.take(envelope);
  flushSoon();
});
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
// A service manager signals all processes at once: the engine decides what ends, and its attempts have their grace.
process.on("SIGTERM", () => {});
process.on("exit", () => {
  if (reports.length > 0 && process.connected) flush();
});
process.on("uncaughtException", (thrown: unknown, origin) => {
  reports.push({ t: "fatal", error: toErrorValue(thrown, maskAll), rejection: origin === "unhandledRejection" });
  const envelope: FromWorker = { begun, messages: reports };
  reports = [];
  send(envelope, () => process.exit(1));
  setTimeout(() => process.exit(1), LAST_WORD_MS).unref();
});

startWatchdog();
captureOutput();
report({ t: "ready" });
