import type { ReactNode } from "react";
import { FRAME_ROWS } from "../components/frame.tsx";
import { Screen } from "../components/screen.tsx";
import { formatLogClock } from "../format-time.ts";
import { useKept } from "../hooks/use-kept.ts";
import { findInLog, type LogState, readAfter, readBefore, useLogSize } from "../hooks/use-log.ts";
import { type Prompt, usePrompt } from "../hooks/use-prompt.ts";
import type { MoveBy } from "../inbox-page.ts";
import type { Binding } from "../keys.ts";
import { EMPTY_LINE, type Line, toLine, toSpan } from "../line.ts";
import { listMoveKeys } from "../move-keys.ts";
import type { LogReference, PlacedLogLine } from "../ports.ts";
import { type Ui, useUi } from "../ui-context.ts";

export interface LogScreenProps {
  readonly run: number;
  readonly task: string;
  readonly index: number | null;
}

const FIRST: LogState = { isFollowing: true, onlyErrors: false, withTimes: true, until: 0, found: "" };

/** What one attempt has written, read by pages from its end. */
export function LogScreen({ run, task, index }: LogScreenProps): ReactNode {
  const ui = useUi();
  const name = `${task}${index === null ? "" : `[${index}]`}`;
  const logs = ui.ports.logs.list(run, task, index);
  const [state, setState] = useKept(`log ${run} ${name}`, FIRST);
  const [attempt, setAttempt] = useKept<number | undefined>(`attempt ${run} ${name}`, undefined);
  const place = Math.min(attempt ?? logs.length - 1, logs.length - 1);
  const log = logs[place];
  const bytes = useLogSize(log);
  const prompt = usePrompt();
  const count = Math.max(1, ui.rows - FRAME_ROWS);
  const until = state.isFollowing ? bytes : Math.min(state.until, bytes);
  const lines = log === undefined ? [] : readBefore(ui.ports, log, until, count, state.onlyErrors);
  const change = (next: Partial<LogState>): void => setState({ ...state, ...next });
  const turn = (to: number): void => {
    if (logs[to] === undefined) return ui.say("There is no other attempt that wrote something");
    setAttempt(to);
    change({ isFollowing: true });
  };
  const view: LogView = { log, lines, bytes, until, count, state, change };
  const bindings: Binding[] = [
    ...listLogKeys(ui, prompt, view, `lockstep logs ${run} ${name}`),
    { keys: ["[", "left"], hint: "] attempt", explain: "the attempt before", run: () => turn(place - 1) },
    { keys: ["]", "right"], explain: "the next attempt", run: () => turn(place + 1) },
    ...listMoveKeys((by) => moveInLog(ui, view, by)),
  ];
  const none = ` Nothing was captured of #${run} ${name} (logs lie beside ${ui.ports.shownPath})`;
  return (
    <Screen
      header={toHeader(run, name, view)}
      body={log === undefined ? [EMPTY_LINE, toLine(none)] : lines.map((line) => toLogRow(line, state))}
      prompt={prompt}
      bindings={bindings}
    />
  );
}

interface LogView {
  readonly log: LogReference | undefined;
  readonly lines: readonly PlacedLogLine[];
  readonly bytes: number;
  readonly until: number;
  readonly count: number;
  readonly state: LogState;
  change(next: Partial<LogState>): void;
}

/** ` #412 dump · attempt 2 · stdout+stderr · following        41 KiB, nothing cut` */
function toHeader(run: number, name: string, { log, bytes, until, lines, state }: LogView): Line {
  const attempt =
    log === undefined ? "" : ` · attempt ${log.attempt}${log.generation > 0 ? `, round ${log.generation + 1}` : ""}`;
  const streams = state.onlyErrors ? "stderr only" : "stdout+stderr";
  const place = state.isFollowing ? "following" : `${bytes === 0 ? 100 : Math.round((until / bytes) * 100)}%`;
  const cut = lines.some((line) => line.mark === "x") ? ", cut" : "";
  return toLine(
    toSpan(` #${run} ${name}`, "strong"),
    `${attempt} · ${streams} · ${place}     ${Math.ceil(bytes / 1_024)} KiB${cut}`,
  );
}

/** `02:30:12.881 !pg_dump: warning: …` */
function toLogRow({ at, mark, text }: PlacedLogLine, { withTimes, found }: LogState): Line {
  const time = withTimes ? toSpan(`${formatLogClock(at)} `, "dim") : "";
  if (mark === "x") return toLine(time, toSpan(`… ${text} bytes were cut out here …`, "warning"));
  const isFound = found !== "" && text.toLowerCase().includes(found.toLowerCase());
  const sign = toSpan(` ${mark === "e" ? "!" : " "}`, "warning");
  return toLine(time, sign, toSpan(text, isFound ? "strong" : "plain"));
}

function moveInLog({ ports }: Ui, { log, lines, bytes, count, state, change }: LogView, by: MoveBy): void {
  const [first] = lines;
  const last = lines.at(-1);
  if (log === undefined || first === undefined || last === undefined) return;
  if (by === "end") return change({ isFollowing: true });
  const { onlyErrors } = state;
  if (by === "up" || by === "pageup" || by === "home") {
    const steps = by === "up" ? 1 : count;
    const before = by === "home" ? [] : readBefore(ports, log, first.from, steps, onlyErrors);
    // At the beginning a whole screen is shown.
    if (before.length < steps) {
      const start = readAfter(ports, log, 0, count, onlyErrors).at(-1);
      return change({ isFollowing: false, until: start?.until ?? bytes });
    }
    const end = by === "up" ? lines.at(-2) : before.at(-1);
    return change({ isFollowing: false, until: end?.until ?? first.from });
  }
  const after = readAfter(ports, log, last.until, by === "down" ? 1 : count, onlyErrors).at(-1);
  change(after === undefined ? { isFollowing: true } : { isFollowing: false, until: after.until });
}

function listLogKeys(ui: Ui, prompt: Prompt, view: LogView, command: string): Binding[] {
  const { log, lines, until, bytes, state, change } = view;
  const find = (text: string, direction: "before" | "after"): void => {
    if (log === undefined || text === "") return;
    const from = direction === "before" ? (lines.at(-1)?.from ?? until) : (lines.at(-1)?.until ?? until);
    const found = findInLog(ui.ports, log, text, from, direction, state.onlyErrors);
    if (found === undefined) ui.say(`Not found ${direction === "before" ? "above" : "below"}: ${text}`);
    change({ found: text, ...(found === undefined ? {} : { isFollowing: false, until: found.until }) });
  };
  const search = (): void =>
    prompt.ask({
      ...{ label: "Search:", initial: state.found },
      answer: (text) =>
        lines.some((line) => line.text.includes(text)) ? change({ found: text }) : find(text, "before"),
    });
  const follow = (): void => change(state.isFollowing ? { isFollowing: false, until: bytes } : { isFollowing: true });
  return [
    { keys: ["f"], hint: "follow", explain: "follow, or stop", command: `${command} -f`, run: follow },
    { keys: ["/"], hint: "search", explain: "search", command: `${command} | grep TEXT`, run: search },
    { keys: ["n"], hint: "N", explain: "the match above", run: () => find(state.found, "before") },
    { keys: ["N"], explain: "the match below", run: () => find(state.found, "after") },
    {
      ...{ keys: ["t"], hint: "times", explain: "times, or none", command: `${command} --times` },
      run: () => change({ withTimes: !state.withTimes }),
    },
    {
      ...{ keys: ["e"], hint: "stderr only", explain: "standard error only, or both", command },
      run: () => change({ onlyErrors: !state.onlyErrors }),
    },
  ];
}
