/**
 * Owns: the views that lie on one another, the message, and for which view keys are live. Owns not: what screens show.
 *
 * U1  Keys are dead from the call that changes the view on, not from the next drawing: a key that was meant for the view
 *     before never acts on the next one.
 */
import { useLayoutEffect, useRef, useState } from "react";
import type { Clock } from "../../core/ports.ts";
import { KEYS_DEAD_MS } from "../keys.ts";
import { nameView, type View } from "../view.ts";

export interface AppState {
  readonly view: View;
  readonly message: string | null;
  /** As it was drawn. */
  readonly areKeysLive: boolean;
  /** As it is now. */
  canPress(): boolean;
  readonly isHelpOpen: boolean;
  readonly troubleSince: number | null;
  readonly trouble: string | null;
  say(message: string | null): void;
  push(view: View): void;
  /** In the place of this view. */
  replace(view: View): void;
  pop(): void;
  openTab(view: View): void;
  setHelpOpen(isOpen: boolean): void;
  noteTrouble(reader: string, message: string | null): void;
  holdKeys(): void;
}

export function useAppState(first: View, clock: Clock): AppState {
  const [views, setViews] = useState<readonly View[]>([first]);
  const [message, say] = useState<string | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const { troubleSince, trouble, noteTrouble } = useTrouble(clock);
  const view = views.at(-1) ?? first;
  const { areKeysLive, canPress, holdKeys } = useDeadKeys(`${nameView(view)}${isHelpOpen}`, clock);
  const change = (next: (known: readonly View[]) => readonly View[]): void => {
    holdKeys(); // U1
    setHelpOpen(false);
    setViews(next);
  };
  return {
    ...{ view, message, areKeysLive, canPress, isHelpOpen, troubleSince, trouble, say, holdKeys },
    push: (next) => change((known) => [...known, next]),
    replace: (next) => change((known) => [...known.slice(0, -1), next]),
    pop: () => change((known) => (known.length > 1 ? known.slice(0, -1) : known)),
    openTab: (next) => change(() => [next]),
    setHelpOpen: (isOpen) => {
      holdKeys(); // U1
      setHelpOpen(isOpen);
    },
    noteTrouble,
  };
}

/** Trouble lasts while any reader has it. */
function useTrouble(clock: Clock): Pick<AppState, "troubleSince" | "trouble" | "noteTrouble"> {
  const troubled = useRef(new Map<string, string>());
  const [troubleSince, setSince] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const noteTrouble = (reader: string, found: string | null): void => {
    if (found === null) troubled.current.delete(reader);
    else troubled.current.set(reader, found);
    const [first = null] = troubled.current.values();
    setTrouble(first);
    setSince((known) => (first === null ? null : (known ?? clock.now())));
  };
  return { troubleSince, trouble, noteTrouble };
}

interface DeadKeys {
  readonly areKeysLive: boolean;
  canPress(): boolean;
  holdKeys(): void;
}

/** `holdKeys` makes keys dead at once, and live again after a while. A view that was never seen begins dead. */
function useDeadKeys(viewName: string, clock: Clock): DeadKeys {
  const [areKeysLive, setLive] = useState(false);
  const isLive = useRef(false);
  const cancel = useRef((): void => {});
  const set = (next: boolean): void => {
    isLive.current = next;
    setLive(next);
  };
  const holdKeys = (): void => {
    cancel.current();
    cancel.current = clock.schedule(KEYS_DEAD_MS, () => set(true));
    set(false);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new view is what it waits for
  useLayoutEffect(() => {
    holdKeys();
    return () => cancel.current();
  }, [viewName, clock]);
  return { areKeysLive, canPress: () => isLive.current, holdKeys };
}
