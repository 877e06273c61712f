/** Longer words are not compared: what people mistype is short, and the comparison costs the product of the lengths. */
const WORD_CHARS_MAX = 64;

/**
 * The candidate that a mistyped word most likely stands for, or undefined where none is close. Close is: the same but for
 * case, `-` and `_`; or at most one slip (a letter too many, too few, wrong, or two swapped) in three letters, and
 * one in words of up to five. Of equally close ones the first.
 */
export function findClosest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > WORD_CHARS_MAX) return undefined;
  const plainWord = toPlain(word);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.length > WORD_CHARS_MAX) continue;
    const plain = toPlain(candidate);
    const allowed = Math.max(1, Math.floor(Math.max(plainWord.length, plain.length) / 3));
    if (Math.abs(plain.length - plainWord.length) > allowed) continue;
    const distance = plain === plainWord ? 0 : measureDistance(plainWord, plain);
    // One slip in a word of one or two letters leaves nothing in common.
    if (distance > allowed || distance >= plainWord.length || distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function toPlain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

/** Damerau–Levenshtein distance in its restricted form (optimal string alignment): no part is edited twice. */
function measureDistance(one: string, other: string): number {
  let twoBefore: number[] = [];
  let before = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (before[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (before[column - 1] as number) + (same ? 0 : 1),
        swapped ? (twoBefore[column - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    twoBefore = before;
    before = current;
  }
  return before[other.length] as number;
}
