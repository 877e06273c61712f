import { useLayoutEffect, useRef } from "react";
import { describeDifference } from "../../views/describe-difference.ts";
import { type CheckpointDetail, showCheckpoint } from "../../views/show-checkpoint.ts";
import { useUi } from "../ui-context.ts";
import { nameGate, parseGateName } from "../view.ts";
import { useRead } from "./use-read.ts";

export interface Gate {
  /** As it is now. */
  readonly detail: CheckpointDetail;
  /** It is another one by now than the one that is looked at; undefined: it is the same. */
  readonly changed: string | undefined;
  /** What is different from what was looked at before the person asked to see it. */
  readonly change: string | undefined;
  /** Shows what it has become. */
  follow(): void;
}

/** A checkpoint, live. Undefined where there is none. */
export function useGate(run: number | null, number: number): Gate | undefined {
  const ui = useUi();
  const { store, isEngineAlive } = ui.ports;
  const name = nameGate(run, number);
  const detail = useRead(() => showCheckpoint(store, run, number, isEngineAlive), name);
  const before = ui.memory.get(`before ${name}`) as CheckpointDetail | undefined;
  const isOther = detail !== undefined && detail.newest.id !== detail.view.id;
  const newest = isOther ? parseGateName(detail.newest.id) : undefined;
  const next = useRead(
    () => (newest === undefined ? undefined : showCheckpoint(store, newest.run, newest.number, isEngineAlive)),
    `${detail?.newest.id}`,
  );
  const hadChanged = useRef(false);
  const lastOpen = useRef<CheckpointDetail | undefined>(undefined);
  useLayoutEffect(() => {
    // What tasks gave is read from their rows, which are others once they run again.
    if (detail?.view.status === "open") lastOpen.current = detail;
    // What is about to be pressed was meant for what was there before.
    if (isOther && !hadChanged.current) ui.holdKeys();
    hadChanged.current = isOther;
  });
  if (detail === undefined) return undefined;
  return {
    detail,
    changed: isOther
      ? next === undefined
        ? detail.newest.id
        : summarize(lastOpen.current ?? detail, next)
      : undefined,
    change: before === undefined ? undefined : describeDifference(before, detail),
    follow: () => {
      if (newest === undefined) return;
      ui.memory.set(`before ${detail.newest.id}`, lastOpen.current ?? detail);
      ui.replace({ kind: "checkpoint", ...newest });
    },
  };
}

/** `13 items now` */
function summarize(seen: CheckpointDetail, next: CheckpointDetail): string {
  if (seen.view.message !== next.view.message) return `"${next.view.message}"`;
  return describeDifference(seen, next);
}
