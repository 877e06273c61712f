import { createContext, useContext } from "react";
import type { KeyDesk } from "./key-desk.ts";
import type { Binding } from "./keys.ts";
import type { UiPorts } from "./ports.ts";
import type { View } from "./view.ts";

/** What all screens share. */
export interface Ui {
  readonly ports: UiPorts;
  /** Rises whenever the database may hold something else. */
  readonly version: number;
  /** The instant that ages are counted to; a second old at most. */
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  /** Rows are drawn as blank for a moment, so that all of them are written anew. */
  readonly isBlank: boolean;
  /** Since when the database cannot be read; null: it can. */
  readonly troubleSince: number | null;
  readonly trouble: string | null;
  /** Said in the row above the keys until the next key. */
  readonly message: string | null;
  /** False for a moment after a view has changed; as it was drawn. */
  readonly areKeysLive: boolean;
  /** The same, as it is now. */
  canPress(): boolean;
  readonly isHelpOpen: boolean;
  readonly view: View;
  /** Who has the keys. */
  readonly desk: KeyDesk;
  /** What screens keep while they are not shown. */
  readonly memory: Map<string, unknown>;
  say(message: string | null): void;
  push(view: View): void;
  replace(view: View): void;
  pop(): void;
  /** One of the tabs: nothing lies below it. */
  openTab(view: View): void;
  setHelpOpen(isOpen: boolean): void;
  /** Reads anew: this process has written. */
  refresh(): void;
  /** Notes whether the database could be read, each reader under a name of its own. */
  noteTrouble(reader: string, message: string | null): void;
  /** Makes keys dead for a moment: what they would act on has just changed. */
  holdKeys(): void;
  /** Hands the terminal to the pager for as long as that runs. */
  page(text: string): void;
  quit(): void;
  /** Leaves as one leaves with Ctrl-C. */
  interrupt(): void;
  /** Keys that are valid everywhere. */
  readonly everywhere: readonly Binding[];
}

export const UiContext = createContext<Ui | undefined>(undefined);

export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (ui === undefined) throw new Error("assertion failed: a screen stands within the app");
  return ui;
}
