import type { SeenRunStatus } from "../../views/run-record.ts";
import type { Binding } from "../keys.ts";
import type { RunAction } from "../ports.ts";
import { useUi } from "../ui-context.ts";
import type { Prompt } from "./use-prompt.ts";

export interface ActedRun {
  readonly run: number;
  readonly workflow: string;
  readonly status: SeenRunStatus;
}

/** A command of its own has to execute it: from here nothing could. */
function describeInterrupted(run: number | string): string {
  return `Its engine ended; a terminal goes on with it: lockstep resume ${run}`;
}

const ENDED: ReadonlySet<SeenRunStatus> = new Set(["succeeded", "failed", "canceled"]);

/** The keys that do something with a run; each asks before it does. `from`: the task to begin a retry with. */
export function useRunActions(run: ActedRun | undefined, prompt: Prompt, from?: string): Binding[] {
  const ui = useUi();
  const act = async (action: RunAction, target: number): Promise<void> => {
    try {
      ui.say(await ui.ports.control(action, target, from));
    } catch (error) {
      ui.say(error instanceof Error ? error.message : String(error));
    } finally {
      ui.refresh();
    }
  };
  const ask = (action: RunAction) => () => {
    if (run === undefined) return;
    const what = `${action} #${run.run} ${run.workflow}${action === "retry" && from !== undefined ? ` from ${from}` : ""}`;
    prompt.ask({
      ...{ label: `${what}? Enter: yes, Esc: no`, isConfirmation: true },
      answer: () => void act(action, run.run),
    });
  };
  const hasEnded = run !== undefined && ENDED.has(run.status);
  const off = ui.ports.readOnlyReason ?? (run === undefined ? "There is no run to act on" : null);
  const name = run?.run ?? "RUN";
  const isPaused = run?.status === "paused" || run?.status === "interrupted";
  return [
    {
      ...{
        keys: ["R"],
        isDecision: true,
        hint: from === undefined ? "retry" : "retry from here",
        explain: "run again",
      },
      command: `lockstep retry ${name}${from === undefined ? "" : ` --from ${from}`}`,
      off: off ?? (hasEnded ? null : "It has not ended: there is nothing to run again"),
      run: ask("retry"),
    },
    {
      ...{ keys: ["p"], isDecision: true, hint: isPaused ? "resume" : "pause", explain: isPaused ? "resume" : "pause" },
      command: `lockstep ${isPaused ? "resume" : "pause"} ${name}`,
      off: off ?? (hasEnded ? "It has ended" : run?.status === "interrupted" ? describeInterrupted(name) : null),
      run: ask(isPaused ? "resume" : "pause"),
    },
    {
      ...{ keys: ["c"], isDecision: true, hint: "cancel", explain: "cancel", command: `lockstep cancel ${name}` },
      off: off ?? (hasEnded ? "It has ended" : null),
      run: ask("cancel"),
    },
  ];
}
