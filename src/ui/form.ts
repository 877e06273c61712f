import type { FormField } from "../views/form-fields.ts";

export interface Answer {
  /** Undefined: it was left empty. */
  readonly value: unknown;
  readonly problem: string | undefined;
}

/** The schema has the last word, when it is decided; here only what cannot be that type is refused. */
export function parseAnswer(field: FormField, text: string): Answer {
  const typed = text.trim();
  if (typed === "") return { value: undefined, problem: undefined };
  const { options, type } = field;
  if (options !== undefined) {
    const value = options.find((option) => String(option) === typed);
    return value === undefined ? refuse(field, typed) : { value, problem: undefined };
  }
  if (type === "string") return { value: text, problem: undefined };
  if (type === "boolean") {
    if (/^(true|yes|y)$/i.test(typed)) return { value: true, problem: undefined };
    return /^(false|no|n)$/i.test(typed) ? { value: false, problem: undefined } : refuse(field, typed);
  }
  try {
    return { value: JSON.parse(typed), problem: undefined };
  } catch {
    return refuse(field, typed);
  }
}

function refuse(field: FormField, typed: string): Answer {
  return { value: undefined, problem: `${field.name}: expected ${field.kind}, found "${typed}"` };
}
