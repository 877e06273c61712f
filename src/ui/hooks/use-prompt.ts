import type { Key } from "ink";
import { useState } from "react";
import type { Handled } from "../key-desk.ts";
import { nameKey } from "../keys.ts";
import { useUi } from "../ui-context.ts";
import { useKeyTarget } from "./use-key-target.ts";

/** A question in the message row. */
export interface Question {
  /** Before what is typed: `Reason (Esc: no):` */
  readonly label: string;
  readonly initial?: string;
  /** Of what must be typed word for word: nothing else is taken. */
  readonly expected?: string;
  /** Enter without a text is no answer. */
  readonly isRequired?: boolean;
  /** Any text is wrong: Enter says yes. */
  readonly isConfirmation?: boolean;
  /** Called at each change, for what filters as one types. */
  onChange?(text: string): void;
  answer(text: string): void;
  cancel?(): void;
}

export interface Prompt {
  readonly isOpen: boolean;
  /** What stands in the message row; null: nothing is asked. */
  readonly text: string | null;
  ask(question: Question): void;
  close(): void;
}

/** Characters that a person can type into a line. */
const TYPED_MAX = 8_000;

/** Takes over all keys while a question is open. What is pasted is taken without its controls, and never answers. */
export function usePrompt(): Prompt {
  const ui = useUi();
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const [typed, setTyped] = useState("");
  const change = (text: string): void => {
    setTyped(text.slice(0, TYPED_MAX));
    question?.onChange?.(text);
  };
  const close = (): void => {
    setQuestion(undefined);
    setTyped("");
  };
  const answer = (asked: Question): void => {
    if (asked.isRequired === true && typed.trim() === "") return ui.say("A text is required (Esc: no)");
    if (asked.expected !== undefined && typed.trim() !== asked.expected) {
      return ui.say(`Expected ${asked.expected}, found "${typed}". Nothing was done yet (Esc: no)`);
    }
    close();
    asked.answer(typed);
  };
  const type = (text: string): void => {
    if (question?.isConfirmation !== true) change(typed + text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ""));
  };
  const pressAt = (asked: Question, input: string, key: Key): void => {
    const name = nameKey(input, key);
    if (name === "ctrl-c") return ui.interrupt();
    ui.say(null);
    if (name === "esc") {
      close();
      asked.cancel?.();
    } else if (name === "enter") answer(asked);
    else if (name === "backspace" || name === "delete") change([...typed].slice(0, -1).join(""));
    else if (name === "ctrl-u") change("");
    else if (!key.ctrl && !key.meta) type(input);
  };
  const isOpen = question !== undefined;
  const press = (input: string, key: Key) => (): Handled => {
    if (question !== undefined) pressAt(question, input, key);
    return "next";
  };
  useKeyTarget({ split: (input, key) => [press(input, key)], paste: type }, isOpen);
  return {
    isOpen,
    text: question === undefined ? null : question.isConfirmation ? question.label : `${question.label} ${typed}_`,
    ask: (asked) => {
      setQuestion(asked);
      setTyped(asked.initial ?? "");
    },
    close,
  };
}
