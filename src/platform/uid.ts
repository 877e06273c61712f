import { randomFillSync } from "node:crypto";
import type { Chance, NewUid } from "../core/ports.ts";

/** Crockford's alphabet in lower case: no letters that are mistaken for digits, and safe in file names. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BYTES = 16;

/** One call for random bytes costs 5 µs, however many are asked for. */
const POOL_BYTES = 256 * BYTES;
const pool = new Uint8Array(POOL_BYTES);
let taken = POOL_BYTES;

/** 128 random bits as 26 characters. */
export const newUid: NewUid = () => {
  if (taken === POOL_BYTES) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += BYTES;
  return encode(pool.subarray(taken - BYTES, taken));
};

/** The same keys for the same chance. For tests. */
export function createSeededUid(chance: Chance): NewUid {
  return () => encode(Uint8Array.from({ length: BYTES }, () => Math.floor(chance() * 256)));
}

function encode(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (5 - bits)) & 31);
}
