import type { Key } from "ink";

/** A key that is valid on a screen, what it does, and the command that does the same. */
export interface Binding {
  /** Names of keys as `nameKey` gives them; the first is the one that people are shown. */
  readonly keys: readonly string[];
  /** In the footer, such as `approve`; absent: only in the help. */
  readonly hint?: string;
  /** In the help. */
  readonly explain: string;
  /** The command that does the same; absent: there is nothing to do but look. */
  readonly command?: string;
  /** It decides, or asks in order to decide: it has to be pressed by itself, not within a piece of several keys. */
  readonly isDecision?: boolean;
  /** Why it does nothing now; it is said when the key is pressed. */
  readonly off?: string | null | undefined;
  run(): void;
}

/** Keys that are taken of one piece of input; more are no person's. */
const PIECE_MAX = 32;

/**
 * The keys of one piece of input, in order. Who types fast over SSH sends several at once; controls among them, other
 * than Enter and Tab, are left out.
 */
export function nameKeys(input: string, key: Key): string[] {
  const single = nameKey(input, key);
  if (single !== undefined) return [single];
  if (key.ctrl || key.meta || key.eventType === "release") return [];
  return [...input].slice(0, PIECE_MAX).flatMap(nameCharacter);
}

function nameCharacter(character: string): string[] {
  if (character === "\r" || character === "\n") return ["enter"];
  if (character === "\t") return ["tab"];
  if (character === " ") return ["space"];
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(character) ? [] : [character];
}

/** `a`, `A`, `enter`, `esc`, `up`, `space`, `ctrl-c`; undefined for what is no single key. */
export function nameKey(input: string, key: Key): string | undefined {
  if (key.eventType === "release") return undefined;
  for (const [flag, name] of NAMES) if (key[flag]) return name;
  if ([...input].length !== 1) return undefined;
  if (key.ctrl) return `ctrl-${input}`;
  if (key.meta) return `alt-${input}`;
  return input === " " ? "space" : input;
}

const NAMES = [
  ["return", "enter"],
  ["escape", "esc"],
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["tab", "tab"],
  ["backspace", "backspace"],
  ["delete", "delete"],
] as const satisfies readonly (readonly [keyof Key, string])[];

/** How a key is written for people. */
export function showKey(name: string): string {
  const words: Readonly<Record<string, string>> = { enter: "Enter", esc: "Esc", space: "Space", tab: "Tab" };
  return words[name] ?? name;
}

/** Hints that stay when there is no room for all: those that are valid everywhere come last. */
const LAST_HINTS = 3;

/** `a approve  r reject  / filter  ? q`; what does not fit is left to the help. */
export function showBindings(bindings: readonly Binding[], width: number): string {
  const hints = bindings
    .filter((binding) => binding.hint !== undefined)
    .map((binding) => `${showKey(binding.keys[0] ?? "")} ${binding.hint}`.trim());
  while (hints.length > LAST_HINTS && hints.join("  ").length > width) hints.splice(-LAST_HINTS - 1, 1);
  return hints.join("  ");
}

/** Milliseconds for which keys do nothing after a view has changed: they were meant for the one before. */
export const KEYS_DEAD_MS = 300;
