/** What every command asks of the config: it must not cost the start of a YAML reader. */
export interface ConfigFacts {
  readonly database: string | undefined;
  readonly group: string | undefined;
}

/** All keys of a config. Another one may be a slip for `db`, so who knows them all is asked. */
export const CONFIG_KEYS: ReadonlySet<string> = new Set(
  "db workflows group maxConcurrent resources notify heartbeat retention timezone defaults env".split(" "),
);

/** A key at the beginning of a line, and its value without a comment behind it. */
const TOP_LINE = /^([A-Za-z]+):(?:[ \t]+(.*?))?(?:[ \t]+#.*)?[ \t]*$/;
/** Texts of which YAML makes just this text: a path, a group's name or number. */
const PLAIN_PATH = /^(?=.*[A-Za-z])(?:~\/|\/)?[A-Za-z0-9_.][A-Za-z0-9_./-]*$/;
const PLAIN_GROUP = /^(?:[a-z_][a-z0-9_-]*|[1-9][0-9]{0,8})$/;
const NO_TEXT = new Set(["null", "true", "false"]);

/**
 * Reads the two keys line by line where that gives what a YAML reader gives: every line that is not indented is a
 * comment, or a key with a value that ends on its line. Undefined: ask the reader.
 */
export function scanConfigFacts(text: string): ConfigFacts | undefined {
  if (/^(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]+[^\s#]/.test(text)) return undefined; // all of it is indented
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (/^(?:\s|#|$)/.test(line)) continue;
    const match = TOP_LINE.exec(line);
    const [, key = "", value = ""] = match ?? [];
    if (match === null || !CONFIG_KEYS.has(key) || found.has(key) || !endsOnItsLine(value)) return undefined;
    found.set(key, value);
  }
  const [database, group] = [found.get("db"), found.get("group")];
  if (database !== undefined && !isPlainPath(database)) return undefined;
  if (group !== undefined && (!PLAIN_GROUP.test(group) || NO_TEXT.has(group))) return undefined;
  return hasIndentedPart(text, ["db", "group"]) ? undefined : { database, group };
}

/** Not a number: only what holds a slash or a letter beyond those of numbers is surely a text. */
function isPlainPath(value: string): boolean {
  return PLAIN_PATH.test(value) && (value.includes("/") || /\.[a-z]*db$/.test(value));
}

/** A quoted text or a list in brackets may go on in the next line; anchors, tags and blocks have rules of their own. */
function endsOnItsLine(value: string): boolean {
  if (/^[[{]/.test(value)) return !/["'#]/.test(value) && isBalanced(value);
  return !/^["'&*!|>%@`?-]/.test(value) && !/: |\s#/.test(value);
}

function isBalanced(value: string): boolean {
  let depth = 0;
  for (const [at, char] of Array.from(value).entries()) {
    if (char === "{" || char === "[") depth += 1;
    if (char === "}" || char === "]") depth -= 1;
    if (depth === 0 && at < value.length - 1) return false;
  }
  return depth === 0;
}

/** A plain value that goes on in the indented lines below it is longer than its line. */
function hasIndentedPart(text: string, keys: readonly string[]): boolean {
  return keys.some((key) => new RegExp(`^${key}:[^\\n]*\\n(?:[ \\t]*(?:#[^\\n]*)?\\n)*[ \\t]+[^\\s#]`, "m").test(text));
}
