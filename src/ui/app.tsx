import { useApp, useInput, usePaste, useWindowSize } from "ink";
import { type ReactNode, useRef, useState } from "react";
import { Fault } from "./components/fault.tsx";
import { COLUMNS_MIN, ROWS_MIN, TooSmall } from "./components/too-small.tsx";
import { useAppState } from "./hooks/use-app-state.ts";
import { useDatabaseVersion } from "./hooks/use-database-version.ts";
import { useKeys } from "./hooks/use-keys.ts";
import { useNow } from "./hooks/use-now.ts";
import { useRedraw } from "./hooks/use-redraw.ts";
import { KeyDesk } from "./key-desk.ts";
import type { Binding } from "./keys.ts";
import type { UiPorts } from "./ports.ts";
import { CheckpointScreen } from "./screens/checkpoint.tsx";
import { InboxScreen } from "./screens/inbox.tsx";
import { LogScreen } from "./screens/log.tsx";
import { PickScreen } from "./screens/pick.tsx";
import { RunScreen } from "./screens/run.tsx";
import { RunsScreen } from "./screens/runs.tsx";
import { SchedulesScreen } from "./screens/schedules.tsx";
import { SlotsScreen } from "./screens/slots.tsx";
import { WorkflowsScreen } from "./screens/workflows.tsx";
import { type Ui, UiContext } from "./ui-context.ts";
import { nameView, TABS, type Tab, type View } from "./view.ts";

export interface AppProps {
  readonly ports: UiPorts;
  readonly first: View;
}

/** What the UI ends with after Ctrl-C. */
export const INTERRUPTED = "interrupted";

/** The whole UI: what all screens share, and the one that is shown. */
export function App({ ports, first }: AppProps): ReactNode {
  const { columns, rows } = useWindowSize();
  const { exit, suspendTerminal } = useApp();
  const { version, refresh, fault } = useDatabaseVersion(ports);
  const now = useNow(ports.clock);
  const [desk] = useState(() => new KeyDesk());
  useInput((input, key) => desk.type(input, key));
  usePaste((text) => desk.paste(text));
  const { isBlank, redraw } = useRedraw(ports);
  const state = useAppState(first, ports.clock);
  const memory = useRef(new Map<string, unknown>());
  const page = (text: string): void => {
    suspendTerminal(() => ports.page(text)).catch((error: Error) => state.say(error.message));
  };
  const ui: Ui = {
    ...state,
    ...{ ports, version, refresh, now, columns, rows, page, isBlank, desk, memory: memory.current },
    everywhere: listEverywhere(state, redraw, () => exit(fault)),
    quit: () => exit(fault),
    interrupt: () => exit(fault ?? INTERRUPTED),
  };
  const isTooSmall = columns < COLUMNS_MIN || rows < ROWS_MIN;
  return (
    <UiContext.Provider value={ui}>
      {fault !== undefined ? (
        <Fault error={fault} />
      ) : isTooSmall ? (
        <SmallScreen columns={columns} rows={rows} />
      ) : (
        <Screen key={nameView(state.view)} view={state.view} />
      )}
    </UiContext.Provider>
  );
}

/** Nothing can be decided there; only leaving is possible. */
function SmallScreen(props: { readonly columns: number; readonly rows: number }): ReactNode {
  useKeys([], true);
  return <TooSmall {...props} />;
}

function Screen({ view }: { readonly view: View }): ReactNode {
  switch (view.kind) {
    case "checkpoint":
      return <CheckpointScreen run={view.run} number={view.number} />;
    case "pick":
      return <PickScreen run={view.run} number={view.number} />;
    case "runs":
      return <RunsScreen />;
    case "schedules":
      return <SchedulesScreen />;
    case "slots":
      return <SlotsScreen schedule={view.schedule} />;
    case "workflows":
      return <WorkflowsScreen />;
    case "run":
      return <RunScreen run={view.run} />;
    case "log":
      return <LogScreen run={view.run} task={view.task} index={view.index} />;
    default:
      return <InboxScreen />;
  }
}

const TAB_COMMANDS: Readonly<Record<Tab, string>> = {
  inbox: "lockstep checkpoints",
  runs: "lockstep runs",
  schedules: "lockstep schedules",
  workflows: "lockstep workflows",
};

const TAB_NAMES: readonly string[] = TABS;

function listEverywhere(
  state: Pick<Ui, "openTab" | "pop" | "setHelpOpen" | "view">,
  redraw: () => void,
  quit: () => void,
): Binding[] {
  const at = TAB_NAMES.indexOf(state.view.kind);
  const next = TABS[(at + 1) % TABS.length] ?? "inbox";
  return [
    ...TABS.map((tab, place) => {
      const key = String(place + 1);
      return { keys: [key], explain: tab, command: TAB_COMMANDS[tab], run: () => state.openTab({ kind: tab }) };
    }),
    ...(at >= 0
      ? [{ keys: ["tab"], hint: "views", explain: "the next view", run: () => state.openTab({ kind: next }) }]
      : [{ keys: ["esc"], hint: "back", explain: "back", run: () => state.pop() }]),
    { keys: ["ctrl-l"], explain: "draw the screen anew", run: redraw },
    { keys: ["?"], hint: "", explain: "this help", run: () => state.setHelpOpen(true) },
    { keys: ["q"], ...(at >= 0 ? { hint: "" } : {}), explain: "quit", run: quit },
  ];
}
