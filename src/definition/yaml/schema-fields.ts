import { z } from "zod";
import { parseDuration } from "../../core/duration.ts";
import { TASK_ID } from "../../core/workflow-spec.ts";
import { isOnlyExpression, splitText } from "./expression-text.ts";

/** The small pieces that the schema of YAML files is made of. Messages of our own begin with "expected". */

export const duration = z
  .string({ error: (issue) => describeWrongDuration(issue.input) })
  .regex(/^\d{1,15}(ms|s|m|h|d)$/, { error: (issue) => describeWrongDuration(issue.input) })
  .refine((text) => describeWrongDuration(text) === undefined, { error: (issue) => describeWrongDuration(issue.input) })
  .meta({ examples: ["500ms", "30s", "5m", "2h", "7d"] });

function describeWrongDuration(value: unknown): string | undefined {
  try {
    parseDuration(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A text that may hold `${{ }}`. */
export const template = z.string();

/** A value that becomes text: of an argument, a variable, a header. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Any value; texts inside it may hold `${{ }}`. */
export const anyTemplate = z.unknown();

/**
 * A value that only an expression can give: one `${{ … }}` and nothing around it. Of two, or with text beside it, it would
 * be a text, which is true whatever it says.
 */
export const expression = z
  .string()
  .regex(/^\$\{\{[\s\S]*\}\}\n?$/, {
    error: ({ input }) => `expected \${{ … }}, found ${quote(input)}. Did you mean \${{ ${String(input).trim()} }}?`,
  })
  .refine(isOneExpression, { error: "expected one ${{ … }} with everything inside it, found text around it" });

/** What cannot be read is told by who compiles it, with its place. */
function isOneExpression(text: string): boolean {
  try {
    return !text.startsWith("${{") || isOnlyExpression(splitText(text));
  } catch {
    return true;
  }
}

export const count = z.int().min(1);

export const taskId = z
  .string()
  .regex(TASK_ID, { error: "expected a task's name: a letter, then letters, digits, - or _ (at most 63)" });

export const inputName = z
  .string()
  .regex(TASK_ID, { error: "expected an input's name: a letter, then letters, digits, - or _ (at most 63)" });

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, { error: "expected a variable's name: letters, digits and _" });

/** Names of resources, notify channels and labels. */
export const plainName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/, { error: "expected a name: a letter, then letters, digits, -, _ or ." });

export const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, { error: "expected a file's name without a folder" });

export const risk = z.enum(["low", "medium", "high"]);
export const onTimeout = z.enum(["hold", "approve", "reject"]);

/** Variables of a command; LOCKSTEP_ belongs to us. */
export const variables = z.record(
  variableName.refine((name) => !name.startsWith("LOCKSTEP_"), {
    error: "expected a name that does not begin with LOCKSTEP_: those are set for each command",
  }),
  scalar,
);

function quote(value: unknown): string {
  const text = typeof value === "string" ? value : String(value);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
