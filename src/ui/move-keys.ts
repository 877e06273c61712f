import type { MoveBy } from "./inbox-page.ts";
import type { Binding } from "./keys.ts";

const KEYS: readonly (readonly [MoveBy, readonly string[], string])[] = [
  ["up", ["up", "k"], "up"],
  ["down", ["down", "j"], "down"],
  ["pageup", ["pageup", "ctrl-b"], "a page up"],
  ["pagedown", ["pagedown", "ctrl-f"], "a page down"],
  ["home", ["home", "g"], "to the first"],
  ["end", ["end", "G"], "to the last"],
];

/** The keys that move in a list. */
export function listMoveKeys(move: (by: MoveBy) => void): Binding[] {
  return KEYS.map(([by, keys, explain]) => ({ keys, explain, run: () => move(by) }));
}
