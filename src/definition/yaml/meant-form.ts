import type { YamlPath } from "./yaml-document.ts";

/** What stands in a form that a reader of YAML writes first, and how it is written: of these words only. */
const FORMS: readonly (readonly [key: string, write: (found: unknown) => string | undefined])[] = [
  ["needs", (found) => ofText(found, (text) => `[${text}]`)],
  ["after", (found) => ofText(found, (text) => `[${text}]`)],
  ["run", (found) => (isFlat(found) ? `exec: [${found.join(", ")}]` : undefined)],
  ["map", (found) => (isFlat(found) ? `{ over: [${found.join(", ")}] }` : undefined)],
  ["retry", (found) => (typeof found === "number" ? `{ attempts: ${found} }` : undefined)],
  ["checkpoint", (found) => (found === true ? 'checkpoint: "Go on?"' : undefined)],
  ["schedule", (found) => ofText(found, (text) => (CRON.test(text) ? `{ cron: ${JSON.stringify(text)} }` : undefined))],
];
const FORM_CHARS_MAX = 60;
/** Five or six words, or `@daily`. */
const CRON = /^\s*(@\w+|(\S+\s+){4,5}\S+)\s*$/;

/** `. Did you mean [dump]?`, or nothing: what was most likely meant by a value of another kind. */
export function suggestForm(path: YamlPath, found: unknown): string {
  const key = path.at(-1);
  const isTask = path.length === 2 && path[0] === "tasks";
  const form = isTask
    ? ofText(found, (text) => `{ run: ${JSON.stringify(text)} }`)
    : FORMS.find(([name]) => name === key)?.[1](found);
  if (path.length === 1 && key === "tasks" && Array.isArray(found))
    return ": write each task under its name, without -";
  return form === undefined || form.length > FORM_CHARS_MAX ? "" : `. Did you mean ${form}?`;
}

function ofText(found: unknown, write: (text: string) => string | undefined): string | undefined {
  return typeof found === "string" && found.trim() !== "" ? write(found) : undefined;
}

/** A list of what stands in one line. */
function isFlat(found: unknown): found is readonly (string | number)[] {
  return Array.isArray(found) && found.length > 0 && found.every((item) => ["string", "number"].includes(typeof item));
}
