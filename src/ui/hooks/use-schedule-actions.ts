import type { ScheduleView } from "../../views/list-schedules.ts";
import type { Binding } from "../keys.ts";
import { nameSchedule } from "../schedule-lines.ts";
import { useUi } from "../ui-context.ts";
import type { Prompt } from "./use-prompt.ts";

/** The keys that do something with a schedule; each asks before it does. */
export function useScheduleActions(schedule: ScheduleView | undefined, prompt: Prompt): Binding[] {
  const ui = useUi();
  const { schedules, readOnlyReason } = ui.ports;
  const name = schedule === undefined ? "NAME" : nameSchedule(schedule);
  const off = readOnlyReason ?? (schedule === undefined ? "There is no schedule to act on" : null);
  const act = async (work: () => Promise<string | null>): Promise<void> => {
    try {
      ui.say(await work());
    } catch (error) {
      ui.say(error instanceof Error ? error.message : String(error));
    } finally {
      ui.refresh();
    }
  };
  const isPaused = schedule?.isPaused === true;
  return [
    {
      ...{ keys: ["T"], isDecision: true, hint: "trigger now", explain: "start a run now", off },
      command: `lockstep schedules trigger ${name}`,
      run: () => schedule && askTrigger(prompt, name, () => act(async () => (await schedules.trigger(schedule)).text)),
    },
    {
      ...{ keys: ["p"], isDecision: true, off, command: `lockstep schedules pause ${name} --until 2h` },
      ...(isPaused
        ? { hint: "resume", explain: "resume", command: `lockstep schedules resume ${name}` }
        : { hint: "pause until", explain: "pause, for a time" }),
      run() {
        if (schedule === undefined) return;
        if (isPaused) return askResume(prompt, name, () => act(() => schedules.resume(schedule)));
        askPause(prompt, name, (until) => act(() => schedules.pause(schedule, until)));
      },
    },
    {
      ...{ keys: ["b"], isDecision: true, hint: "backfill", explain: "run slots that never ran", off },
      command: `lockstep backfill ${name} --from 2026-11-20 --to 2026-11-23`,
      run() {
        if (schedule === undefined) return;
        askBackfill(prompt, name, (from, to) =>
          act(async () => {
            const { count, text } = await schedules.backfill(schedule, { from, to, isDry: true });
            if (count === 0) return `${text}: nothing to do`;
            askConfirmed(prompt, `${text}? Enter: yes, Esc: no`, () =>
              act(async () => (await schedules.backfill(schedule, { from, to, isDry: false })).text),
            );
            return null;
          }),
        );
      },
    },
  ];
}

type Act = () => Promise<void>;

function askConfirmed(prompt: Prompt, label: string, act: Act): void {
  prompt.ask({ label, isConfirmation: true, answer: () => void act() });
}

function askTrigger(prompt: Prompt, name: string, act: Act): void {
  askConfirmed(prompt, `Start a run of ${name} now, beside its slots? Enter: yes, Esc: no`, act);
}

function askResume(prompt: Prompt, name: string, act: Act): void {
  askConfirmed(prompt, `Resume ${name}? Enter: yes, Esc: no`, act);
}

function askPause(prompt: Prompt, name: string, act: (until: string) => Promise<void>): void {
  prompt.ask({
    label: `Pause ${name} until (2026-12-01, 2h; empty: until resumed; Esc: no):`,
    answer: (until) => void act(until),
  });
}

function askBackfill(prompt: Prompt, name: string, act: (from: string, to: string) => Promise<void>): void {
  prompt.ask({
    ...{ label: `Backfill ${name} from (such as 2026-11-20; Esc: no):`, isRequired: true },
    answer: (from) =>
      prompt.ask({
        ...{ label: `from ${from.trim()} to (such as 2026-11-23; Esc: no):`, isRequired: true },
        answer: (to) => void act(from.trim(), to.trim()),
      }),
  });
}
