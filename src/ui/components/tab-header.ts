import { formatAge } from "../../core/duration-format.ts";
import { measureWidth } from "../../core/text-width.ts";
import { countActiveRuns } from "../../views/count-active.ts";
import { findLiveEngine } from "../../views/find-daemon.ts";
import { countInbox } from "../../views/list-inbox.ts";
import { useRead } from "../hooks/use-read.ts";
import { type Line, type Span, toSpan, toSplitLine } from "../line.ts";
import { type Ui, useUi } from "../ui-context.ts";
import type { Tab } from "../view.ts";

/** How often it is looked whether an engine lives: its death changes no row. */
const ALIVE_EVERY_MS = 5_000;

/** ` Lockstep   1 Inbox 3   2 Runs 2   3 Schedules   4 Workflows      daemon up 3d  srv1  ops` */
export function useTabHeader(tab: Tab): Line {
  const ui = useUi();
  const { store, isEngineAlive } = ui.ports;
  const counts = useRead(() => ({ inbox: countInbox(store, {}).total, runs: countActiveRuns(store) }), "");
  const look = Math.floor(ui.now / ALIVE_EVERY_MS);
  const engine = useRead(() => findLiveEngine(store, isEngineAlive) ?? null, String(look));
  return toTabHeader(ui, tab, counts ?? { inbox: 0, runs: 0 }, describeEngine(engine ?? null, ui.now));
}

function describeEngine(engine: ReturnType<typeof findLiveEngine> | null, now: number): string {
  if (engine == null) return "no engine";
  const { kind, status, startedAt } = engine;
  if (kind !== "daemon") return "no daemon";
  return status === "draining" ? "daemon drains" : `daemon up ${formatAge(now - startedAt)}`;
}

interface Counts {
  readonly inbox: number;
  readonly runs: number;
}

function toTabHeader({ ports, columns }: Ui, tab: Tab, { inbox, runs }: Counts, engine: string): Line {
  const names = {
    inbox: `1 Inbox ${inbox}`,
    runs: `2 Runs ${runs}`,
    schedules: "3 Schedules",
    workflows: "4 Workflows",
  };
  const tabs = Object.entries(names).map(([own, text]) => toSpan(text, own === tab ? "strong" : "plain"));
  const { host, user, readOnlyReason } = ports;
  const marks = [...(readOnlyReason === null ? [] : ["read-only"]), engine];
  // Where it gets narrow the gaps shrink, then who one is goes, then where.
  const rights = [[...marks, host, user], [...marks, host], marks];
  const layouts = rights.flatMap((parts) => ["   ", "  "].map((gap) => toLayout(tabs, gap, parts)));
  const fitting = layouts.find(({ width }) => width <= columns) ?? layouts.at(-1);
  return toSplitLine(fitting?.left ?? [], fitting?.right ?? "", columns);
}

function toLayout(tabs: readonly Span[], gap: string, parts: readonly string[]) {
  const left = [toSpan(` Lockstep${gap}`, "accent"), ...tabs.flatMap((span, at) => (at === 0 ? [span] : [gap, span]))];
  const right = `${parts.join("  ")} `;
  const used = left.reduce((sum, part) => sum + measureWidth(typeof part === "string" ? part : part.text), 0);
  return { left, right, width: used + 2 + measureWidth(right) };
}
