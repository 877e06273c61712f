import type { Decision } from "../../core/decision.ts";
import { type FormField, listFormFields } from "../../views/form-fields.ts";
import { isCut } from "../../views/map-output.ts";
import type { CheckpointDetail } from "../../views/show-checkpoint.ts";
import { parseAnswer } from "../form.ts";
import { useUi } from "../ui-context.ts";
import { type SeenGate, useDecide, useUndo } from "./use-decide.ts";
import type { Prompt } from "./use-prompt.ts";

export interface GateActions {
  approve(): void;
  reject(): void;
  edit(): void;
  sendBack(): void;
  undo(): void;
}

/** Values longer than this are edited by the command line: a row of the screen is no editor. */
const EDIT_CHARS_MAX = 4_000;

/** What keys decide at a checkpoint. Each decision is bound to what was on the screen when its key was pressed. */
export function useGateActions(
  detail: CheckpointDetail | undefined,
  prompt: Prompt,
  picked: readonly number[] | undefined,
): GateActions {
  const ui = useUi();
  const decide = useDecide();
  const undo = useUndo();
  const send = (seen: CheckpointDetail, decision: Decision): void => {
    void decide(toSeenGate(seen), decision);
  };
  const withDetail = (act: (seen: CheckpointDetail) => void) => () => {
    if (detail !== undefined) act(detail);
  };
  const approve = (seen: CheckpointDetail): void => {
    askForm(prompt, seen.fields === null ? [] : listFormFields(seen.fields), {}, ui.say, (answers) => {
      const decision: Decision = {
        decision: "approve",
        ...(picked === undefined ? {} : { only: picked }),
        ...(seen.fields === null ? {} : { answers }),
      };
      confirmByRisk(prompt, seen, () => send(seen, decision));
    });
  };
  return {
    approve: withDetail(approve),
    reject: withDetail((seen) =>
      prompt.ask({
        ...{ label: `Reject ${seen.view.id}, because (Esc: no):`, isRequired: true },
        answer: (reason) => send(seen, { decision: "reject", reason: reason.trim() }),
      }),
    ),
    sendBack: withDetail((seen) =>
      prompt.ask({
        ...{ label: "Send back; what should be different (Esc: no):", isRequired: true },
        answer: (feedback) => send(seen, { decision: "redo", feedback: feedback.trim() }),
      }),
    ),
    undo: withDetail((seen) => {
      void undo({ run: seen.view.run, number: seen.number }).then((next) => {
        if (next !== undefined) ui.replace({ kind: "checkpoint", ...next });
      });
    }),
    edit: withDetail((seen) => askEdit(prompt, seen, ui.say, (decision) => send(seen, decision))),
  };
}

function toSeenGate({ view, number, consequences }: CheckpointDetail): SeenGate {
  const [first, ...others] = consequences.starts;
  const starts = first === undefined || others.length > 0 ? null : first;
  return { run: view.run, number, hash: view.hash, starts };
}

/** Low: at once. Medium: Enter. High: the workflow's name, typed. */
function confirmByRisk(prompt: Prompt, { view }: CheckpointDetail, act: () => void): void {
  if (view.risk === "low") return act();
  if (view.risk === "medium") {
    return prompt.ask({ label: `Approve ${view.id}? Enter: yes, Esc: no`, isConfirmation: true, answer: act });
  }
  const expected = view.workflow ?? view.id;
  prompt.ask({ label: `Type ${expected} to approve (Esc: no):`, expected, answer: act });
}

/** Asks for the fields of a form one after another. */
function askForm(
  prompt: Prompt,
  fields: readonly FormField[],
  answers: Readonly<Record<string, unknown>>,
  say: (message: string) => void,
  done: (answers: Readonly<Record<string, unknown>>) => void,
): void {
  const [field, ...others] = fields;
  if (field === undefined) return done(answers);
  prompt.ask({
    label: `${field.name} (${field.kind}${field.isRequired ? "" : ", may be empty"}; Esc: no):`,
    isRequired: field.isRequired,
    answer: (text) => {
      const answer = parseAnswer(field, text);
      if (answer.problem !== undefined) {
        askForm(prompt, fields, answers, say, done);
        return say(answer.problem);
      }
      const next = answer.value === undefined ? answers : { ...answers, [field.name]: answer.value };
      askForm(prompt, others, next, say, done);
    },
  });
}

/** One value as `TASK=JSON`, shown as a difference before it counts. */
function askEdit(
  prompt: Prompt,
  seen: CheckpointDetail,
  say: (message: string) => void,
  send: (decision: Decision) => void,
): void {
  const values = listEditable(seen);
  const [first] = values;
  if (first === undefined) return say("There is nothing to edit here: send it back instead (b)");
  const initial = `${first.id}=${first.json}`;
  if (first.isCut || initial.length > EDIT_CHARS_MAX) {
    return say(`Too long for a row: lockstep edit ${seen.view.id} --set ${first.id}=@FILE`);
  }
  prompt.ask({
    ...{ label: "Set TASK=JSON (Esc: no):", initial, isRequired: true },
    answer: (text) => {
      const edit = parseEdit(text);
      if (typeof edit === "string") return say(edit);
      const before = shorten(values.find((each) => each.id === edit.id)?.json ?? "nothing");
      prompt.ask({
        label: `${edit.id}: ${before} → ${shorten(JSON.stringify(edit.value))} Enter: yes, Esc: no`,
        isConfirmation: true,
        answer: () => confirmByRisk(prompt, seen, () => send({ decision: "edit", values: { [edit.id]: edit.value } })),
      });
    },
  });
}

interface Editable {
  readonly id: string;
  readonly json: string;
  /** `json` is only its beginning. */
  readonly isCut: boolean;
}

const DIFFERENCE_CHARS_MAX = 200;

function shorten(text: string): string {
  return text.length <= DIFFERENCE_CHARS_MAX ? text : `${text.slice(0, DIFFERENCE_CHARS_MAX)}…`;
}

/** Of a reviewed layer its outputs; before a task what it would be given. */
function listEditable({ view, happened, resolvedJson }: CheckpointDetail): Editable[] {
  if (view.kind === "layer") {
    return happened
      .filter((task) => task.status === "succeeded")
      .map((task) => ({ id: task.id, json: task.outputJson ?? "null", isCut: isCut(task.items) }));
  }
  return view.task === null || resolvedJson === null ? [] : [{ id: view.task, json: resolvedJson, isCut: false }];
}

function parseEdit(text: string): { readonly id: string; readonly value: unknown } | string {
  const at = text.indexOf("=");
  if (at < 1) return `Expected TASK=JSON, found "${text}"`;
  try {
    return { id: text.slice(0, at).trim(), value: JSON.parse(text.slice(at + 1)) };
  } catch (error) {
    return `That is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
