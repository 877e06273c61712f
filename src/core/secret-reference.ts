/**
 * What stands in a row where a secret was: `«secret:NAME»`, with `~FORM` behind the name where it was encoded. Text that
 * merely looks like the begin of one is written `«secret::` when a value is concealed: so every reference in an output
 * was made by a runner that had seen the secret itself, and nobody can write one to be given a secret.
 */
export const OPENING = "«secret:";
export const OPENING_ESCAPED = "«secret::";
/** Stands before the digits of a number in which a secret is. */
const NUMBER_OPENING = "«secret:=";

const REFERENCE = /«secret:(?::|([A-Za-z_][A-Za-z0-9_]*)(?:~([A-Za-z0-9.]+))?»)/g;

export function formatReference(name: string, form: string): string {
  return `${OPENING}${name}${form === "" ? "" : `~${form}`}»`;
}

interface Concealer {
  conceal(text: string): string;
  concealLines(lines: readonly string[]): string[];
}

/** JSON text with references in place of secrets: in texts, in the names of members, and in numbers. */
export function concealJson(json: string, masker: Concealer): string {
  const value: unknown = JSON.parse(json);
  const concealed = mapTexts(value, {
    mapText: (text) => masker.conceal(text),
    mapNumber: (number) => concealNumber(number, masker),
    mapLines: (lines) => masker.concealLines(lines),
  });
  return concealed === value ? json : JSON.stringify(concealed);
}

function concealNumber(number: number, masker: Concealer): unknown {
  const digits = String(number);
  const concealed = masker.conceal(digits);
  return concealed === digits ? number : NUMBER_OPENING + concealed;
}

/** @param findSecret what stands for a reference; undefined: it stays as it is. May throw. */
export function revealJson(json: string, findSecret: (name: string, form: string) => string | undefined): string {
  if (!json.includes(OPENING)) return json;
  const reveal = (text: string): string =>
    text.replaceAll(REFERENCE, (whole, name: string | undefined, form: string | undefined) =>
      name === undefined ? OPENING : (findSecret(name, form ?? "") ?? whole),
    );
  const revealText = (text: string): unknown =>
    text.startsWith(NUMBER_OPENING) ? Number(reveal(text.slice(NUMBER_OPENING.length))) : reveal(text);
  return JSON.stringify(mapTexts(JSON.parse(json), { mapText: revealText, mapNumber: (number) => number }));
}

/**
 * JSON text from elsewhere in which no reference is one, such as the result of another workflow: what looks like a
 * reference becomes text that looks like it.
 */
export function disarmReferences(json: string): string {
  return json.includes(OPENING) ? json.replaceAll(OPENING, OPENING_ESCAPED) : json;
}

interface Mapping {
  mapText(text: string): unknown;
  mapNumber(number: number): unknown;
  /** Of a list of single lines; left out: each is a text. */
  mapLines?(lines: readonly string[]): unknown[];
}

/** The same value, where nothing in it is changed. */
function mapTexts(value: unknown, mapping: Mapping): unknown {
  if (typeof value === "string") return mapping.mapText(value);
  if (typeof value === "number") return mapping.mapNumber(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items =
      mapping.mapLines !== undefined && value.length > 1 && value.every(isLine)
        ? mapping.mapLines(value)
        : value.map((item) => mapTexts(item, mapping));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  const entries = Object.entries(value);
  const mapped = entries.map(([key, item]) => [String(mapping.mapText(key)), mapTexts(item, mapping)] as const);
  const changed = mapped.some(([key, item], at) => key !== entries[at]?.[0] || item !== entries[at]?.[1]);
  return changed ? Object.fromEntries(mapped) : value;
}

function isLine(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\n");
}
