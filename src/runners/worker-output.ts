import { AsyncLocalStorage } from "node:async_hooks";
import type { LogFile } from "./log-file.ts";

/**
 * Gives what a task prints to its log: who writes is known by the asynchronous context. What is printed outside of a
 * task goes where it went, in a worker to the engine, which keeps the end of it for the message of a crash.
 */
const WRITERS = new AsyncLocalStorage<LogFile>();

/** Runs a task's code so that its output is known to be its. */
export function enterTask<T>(log: LogFile, run: () => T): T {
  return WRITERS.run(log, run);
}

/** Replaces the writing of both streams of this process; `console` goes through them. */
export function captureOutput(): void {
  capture(process.stdout, "o");
  capture(process.stderr, "e");
}

type Done = (error?: Error | null) => void;

function capture(stream: NodeJS.WriteStream, mark: "o" | "e"): void {
  const original = stream.write.bind(stream) as (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Done,
    done?: Done,
  ) => boolean;
  stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean => {
    const log = WRITERS.getStore();
    if (log === undefined) return original(chunk, encoding, done);
    log.write(mark, typeof chunk === "string" && typeof encoding === "string" ? Buffer.from(chunk, encoding) : chunk);
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback !== undefined) process.nextTick(callback);
    return true;
  };
}
