/**
 * Owns one attempt's log: a file that appears with the first line, in the format of core/log-line.ts; 0600, or 0660 where a group
 * shares the database.
 *
 * L1: every write is on its way to the kernel when `write` returns, so a process that dies leaves its last words. Only
 *     what may be the begin of a secret is held back.
 * L2: the file never holds more than the head and two tails; at the end it holds the head, a mark, and one tail.
 *     A reader that follows it sees it shrink when it is cut.
 * L3: a disk that is full loses lines, never the attempt: what could not be written counts as cut.
 */
import { closeSync, constants, fchmodSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { assert } from "../core/errors.ts";
import { LOG_HEAD_BYTES_MAX, LOG_TAIL_BYTES_MAX } from "../core/limits.ts";
import { formatLogPrefix, type LogMark } from "../core/log-line.ts";
import type { Clock } from "../core/ports.ts";
import type { SecretMasker, SecretStream } from "../core/secret-masker.ts";
import { LineSplitter } from "./line-splitter.ts";
import { createRunLogsFolder } from "./run-logs-folder.ts";
import type { Traces } from "./runner.ts";

const FILE_BYTES_MAX = LOG_HEAD_BYTES_MAX + 2 * LOG_TAIL_BYTES_MAX;
const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const NEWLINE = 0x0a;

export class LogFile {
  readonly #path: string | null;
  readonly #clock: Clock;
  readonly #masker: SecretMasker | undefined;
  #file: OpenLog | undefined;
  #closed = false;

  /** Opens nothing yet. Without a path nothing is kept; with a masker no secret that it knows. */
  constructor(path: string | null, clock: Clock, masker?: SecretMasker) {
    this.#path = path;
    this.#clock = clock;
    this.#masker = masker;
  }

  /** Adds a part of a stream; parts need not end where lines do. After `close` it does nothing. */
  write(mark: "o" | "e", part: string | Uint8Array): void {
    if (this.#path === null || this.#closed) return;
    this.#file ??= new OpenLog(this.#path, this.#masker);
    this.#file.write(mark, part, this.#clock.now());
  }

  /** Writes unfinished lines and closes. Returns what the attempt's row should know; the second time nothing. */
  close(): Traces {
    if (this.#closed) return {};
    this.#closed = true;
    return this.#file === undefined ? {} : this.#file.close(this.#clock.now());
  }
}

class OpenLog {
  readonly #splitters = { o: new LineSplitter(), e: new LineSplitter() };
  readonly #streams: Readonly<Record<"o" | "e", SecretStream>> | undefined;
  #descriptor: number | undefined;
  #bytes = 0;
  #cut = 0;
  /** Where the head ends, once something was cut. */
  #headEnd: number | undefined;
  /** Length of the mark that stands there: it is ours, so it does not count as cut. */
  #markBytes = 0;

  constructor(path: string, masker: SecretMasker | undefined) {
    if (masker !== undefined) this.#streams = { o: masker.createStream(), e: masker.createStream() };
    assert(path.endsWith(".log"), `a log's name ends in .log, not ${path}`);
    try {
      const mode = createRunLogsFolder(dirname(path), dirname(dirname(path)));
      this.#descriptor = openSync(path, NEW_FILE, 0o600);
      if (mode !== 0o600) fchmodSync(this.#descriptor, mode); // whatever the umask
    } catch {
      this.#descriptor = undefined; // L3
    }
  }

  write(mark: "o" | "e", part: string | Uint8Array, now: number): void {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    this.#addLines(mark, this.#streams === undefined ? bytes : this.#streams[mark].push(bytes), now);
  }

  close(now: number): Traces {
    for (const mark of ["o", "e"] as const) {
      if (this.#streams !== undefined) this.#addLines(mark, this.#streams[mark].flush(), now);
      const rest = this.#splitters[mark].flush();
      if (rest !== undefined) this.#append(joinLines(mark, [rest], now));
    }
    if (this.#descriptor !== undefined) {
      if (this.#bytes > LOG_HEAD_BYTES_MAX + LOG_TAIL_BYTES_MAX) this.#cutMiddle(now);
      closeSync(this.#descriptor);
      this.#descriptor = undefined;
    }
    return this.#cut === 0 ? { logBytes: this.#bytes } : { logBytes: this.#bytes, logCut: this.#cut };
  }

  #addLines(mark: "o" | "e", bytes: Uint8Array, now: number): void {
    const lines = this.#splitters[mark].push(bytes);
    if (lines.length > 0) this.#append(joinLines(mark, lines, now));
  }

  #append(text: Buffer): void {
    if (this.#descriptor === undefined) {
      this.#cut += text.length;
      return;
    }
    this.#writeAt(text, this.#bytes);
    if (this.#bytes > FILE_BYTES_MAX) this.#cutMiddle(readInstant(text)); // L2
  }

  #writeAt(text: Buffer, position: number): void {
    const descriptor = this.#descriptor;
    assert(descriptor !== undefined, "the log is open");
    let written = 0;
    try {
      while (written < text.length) {
        written += writeSync(descriptor, text, written, text.length - written, position + written);
      }
    } catch {
      this.#cut += text.length - written; // L3
    }
    this.#bytes = position + written;
  }

  /** Leaves the head, a mark and the last part, each of whole lines. */
  #cutMiddle(now: number): void {
    const descriptor = this.#descriptor;
    assert(descriptor !== undefined, "the log is open");
    this.#headEnd ??= findHeadEnd(descriptor);
    const tail = readTail(descriptor, this.#bytes);
    this.#cut += this.#bytes - tail.length - this.#headEnd - this.#markBytes;
    const mark = Buffer.from(`${formatLogPrefix(now, "x")}${this.#cut}\n`);
    this.#markBytes = mark.length;
    this.#writeAt(Buffer.concat([mark, tail]), this.#headEnd);
    ftruncateSync(descriptor, this.#bytes);
  }
}

function joinLines(mark: LogMark, lines: readonly Uint8Array[], now: number): Buffer {
  const prefix = Buffer.from(formatLogPrefix(now, mark));
  const end = Buffer.of(NEWLINE);
  return Buffer.concat(lines.flatMap((line) => [prefix, line, end]));
}

function readInstant(text: Buffer): number {
  return Number.parseInt(text.toString("latin1", 0, 16), 10);
}

function findHeadEnd(descriptor: number): number {
  const head = Buffer.alloc(LOG_HEAD_BYTES_MAX);
  readSync(descriptor, head, 0, head.length, 0);
  return head.lastIndexOf(NEWLINE) + 1;
}

function readTail(descriptor: number, bytes: number): Buffer {
  const tail = Buffer.alloc(LOG_TAIL_BYTES_MAX);
  readSync(descriptor, tail, 0, tail.length, bytes - tail.length);
  return tail.subarray(tail.indexOf(NEWLINE) + 1);
}

/** The length of a log whose writer died. */
export function measureLog(path: string | null): Traces {
  const size = path === null ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
  return size === undefined ? {} : { logBytes: size };
}
