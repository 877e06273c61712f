/** Longest line that is waited for; a longer one is broken, so that a stream without newlines needs no memory. */
const LINE_BYTES_MAX = 16_384;
const NEWLINE = 0x0a;
const EMPTY = new Uint8Array(0);

/** Makes whole lines of parts of a stream. Works on bytes: a character that two parts share is never broken. */
export class LineSplitter {
  #rest: Uint8Array = EMPTY;

  /** The lines that this part ends, without their newlines. */
  push(part: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    const lines: Uint8Array[] = [];
    let start = 0;
    while (true) {
      const end = bytes.indexOf(NEWLINE, start);
      const stop = end === -1 ? bytes.length : end;
      while (stop - start > LINE_BYTES_MAX) {
        const next = start + findBreak(bytes.subarray(start, start + LINE_BYTES_MAX));
        lines.push(bytes.subarray(start, next));
        start = next;
      }
      if (end === -1) break;
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#rest = start === bytes.length ? EMPTY : Uint8Array.from(bytes.subarray(start));
    return lines;
  }

  /** The unfinished last line, where there is one. */
  flush(): Uint8Array | undefined {
    const rest = this.#rest;
    this.#rest = EMPTY;
    return rest.length === 0 ? undefined : rest;
  }
}

/** A length that does not break a UTF-8 character, as far as there are any. */
function findBreak(bytes: Uint8Array): number {
  for (let length = bytes.length; length > bytes.length - 4; length -= 1) {
    if (((bytes[length - 1] ?? 0) & 0x80) === 0) return length;
    if (((bytes[length - 1] ?? 0) & 0xc0) === 0xc0) return length - 1;
  }
  return bytes.length;
}
