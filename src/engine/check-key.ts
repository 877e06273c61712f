import { InvalidInputError } from "../core/errors.ts";

/** Characters of a key of a run or a question: it is compared, and named in messages. */
const KEY_MAX = 512;

/** An empty one is a variable without a value: all that are asked for by it would be the first. */
export function checkKey(key: string, nothing: string): void {
  if (key !== "" && key.length <= KEY_MAX) return;
  throw new InvalidInputError(`A key is a text of 1 to ${KEY_MAX} characters, found ${key.length}. ${nothing}`);
}
