import type { SecretForm } from "./secret-forms.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BACKSLASH = 0x5c;

/**
 * The pairs of characters, and of bytes, with which forms of secrets begin. Most texts have none of them, and are
 * dismissed without a closer look. May say yes in vain, never no.
 */
export class SecretPairs {
  readonly #units = new Uint8Array(65_536);
  readonly #bytes = new Uint8Array(65_536);
  readonly #shortest: number;
  readonly #single: boolean;

  constructor(forms: readonly SecretForm[]) {
    this.#shortest = Math.min(...forms.map(({ text }) => text.length));
    this.#single = forms.some(({ text }) => Buffer.byteLength(text) < 2);
    for (const { text, wraps } of forms) {
      add(this.#units, text.charCodeAt(0), text.charCodeAt(1), wraps);
      const bytes = Buffer.from(text);
      add(this.#bytes, bytes[0] ?? 0, bytes[1] ?? 0, wraps);
    }
  }

  mayBeIn(text: string): boolean {
    if (text.length < this.#shortest) return false;
    if (this.#single) return true;
    let unit = text.charCodeAt(0);
    for (let at = 1; at < text.length; at += 1) {
      const next = text.charCodeAt(at);
      if (this.#units[toIndex(unit, next)] === 1) return true;
      unit = next;
    }
    return false;
  }

  /** At the last byte nobody knows. */
  mayBegin(bytes: Uint8Array, at: number): boolean {
    const next = bytes[at + 1];
    return next === undefined || this.#single || this.#bytes[toIndex(bytes[at] as number, next)] === 1;
  }
}

function add(table: Uint8Array, first: number, second: number, wraps: boolean): void {
  for (const next of wraps ? [second, NEWLINE, RETURN, BACKSLASH] : [second]) table[toIndex(first, next)] = 1;
}

function toIndex(first: number, second: number): number {
  return ((first << 8) ^ second) & 0xffff;
}
