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
  /** Why it does nothing now; it is said when the key is pressed. */
  readonly off?: string | null | undefined;
  run(): void;
}

/** `a`, `A`, `enter`, `esc`, `up`, `space`, `ctrl-c`; undefined for what is no single key, such as a paste. */
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
