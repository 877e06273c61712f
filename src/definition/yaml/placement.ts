import { type Expression, parseExpression } from "./expression-parser.ts";
import { isOnlyExpression, splitText } from "./expression-text.ts";
import { describeValue } from "./path-names.ts";
import type { Problem } from "./problems.ts";
import type { YamlDocument, YamlPath } from "./yaml-document.ts";

/** Keys of a task whose texts may hold `${{ }}`; a set says in which of their own keys. */
const TEMPLATE_KEYS: ReadonlyMap<string, ReadonlySet<string> | "all"> = new Map<string, ReadonlySet<string> | "all">([
  ["env", "all"],
  ["stdin", "all"],
  ["files", "all"],
  ["exec", "all"],
  ["cwd", "all"],
  ["if", "all"],
  ["http", new Set(["", "url", "headers", "body"])],
  ["map", new Set(["", "over", "label"])],
  ["workflow", new Set(["input"])],
  ["checkpoint", new Set(["", "message", "show", "if"])],
  ["confirm", new Set(["", "message", "show", "if"])],
]);

/** Finds each `${{ }}` that stands where it may not: in a key, in `run`, in what is fixed before a run starts. */
export function findMisplacedExpressions(
  document: YamlDocument,
  mayHold: (path: YamlPath) => boolean = mayHoldExpression,
): (Problem & { path: YamlPath })[] {
  const found: (Problem & { path: YamlPath })[] = [];
  visit(document.value, [], (text, path, isKey) => {
    if (!text.includes("${{")) return;
    if (isKey) {
      const message = "${{ }} may not stand in a key: names are fixed before a run starts. Write the name itself";
      found.push({ message, path, place: document.findKeyPlace(path) });
    } else if (!mayHold(path)) {
      const exact = document.isBlockText(path);
      const place = exact ? document.findExpressionPlace(path, 0, 0) : document.findValuePlace(path);
      found.push({ message: describeMisplaced(text, path, document), path, place });
    }
  });
  return found;
}

function visit(value: unknown, path: YamlPath, see: (text: string, path: YamlPath, isKey: boolean) => void): void {
  if (typeof value === "string") return see(value, path, false);
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  for (const [name, inner] of Object.entries(value)) {
    const key = isList ? Number(name) : name;
    if (!isList) see(name, [...path, name], true);
    visit(inner, [...path, key], see);
  }
}

/** True where a text of the file may hold `${{ }}`. */
export function mayHoldExpression(path: YamlPath): boolean {
  const [first] = path;
  if (first === "returns" || (first === "env" && path.length > 1)) return true;
  const ofTask = first === "tasks" ? path.slice(2) : first === "defaults" ? path.slice(1) : [];
  const allowed = TEMPLATE_KEYS.get(String(ofTask[0]));
  return allowed === "all" || allowed?.has(String(ofTask[1] ?? "")) === true;
}

function describeMisplaced(text: string, path: YamlPath, document: YamlDocument): string {
  const name = describeValue(path);
  const key = path[0] === "tasks" ? path[2] : path[0] === "defaults" ? path[1] : undefined;
  if (key === "run") {
    const { source, variable } = readFirstExpression(text);
    const fix = `env: { ${variable}: ${JSON.stringify(`\${{ ${source} }}`)} }`;
    return `\${{ }} may not stand in run: text from it would be executed. Put it in env: ${fix} and write ${showVariable(variable, path, document)}`;
  }
  if (key === "shell") {
    return "${{ }} may not stand in shell: text from it would be executed. Write bash, sh, node, python3 or [cmd, args]";
  }
  return `\${{ }} may not stand in ${name}: it is fixed before a run starts. Write the value itself`;
}

/** How the variable is read in the language that reads `run`. */
function showVariable(variable: string, path: YamlPath, document: YamlDocument): string {
  const read = (value: unknown, key: string): unknown =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  const task = read(read(document.value, "tasks"), String(path[1]));
  const shell = read(task, "shell") ?? read(read(document.value, "defaults"), "shell");
  if (shell === "node") return `process.env.${variable}`;
  return shell === "python3" ? `os.environ["${variable}"]` : `"$${variable}"`;
}

function readFirstExpression(text: string): { source: string; variable: string } {
  try {
    const part = splitText(text).find(({ kind }) => kind === "expression");
    if (part?.kind !== "expression" || !isOnlyExpression([part])) return { source: "…", variable: "VALUE" };
    return { source: part.source.trim(), variable: nameVariable(parseExpression(part.source)) };
  } catch {
    return { source: "…", variable: "VALUE" };
  }
}

/** `needs.dump.file` → FILE, `input.keepDays` → KEEP_DAYS. */
function nameVariable(expression: Expression): string {
  const name = findLastName(expression) ?? "value";
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z0-9]+/g, "_");
  return /^[A-Za-z_]/.test(words) ? words.toUpperCase() : "VALUE";
}

function findLastName(expression: Expression): string | undefined {
  switch (expression.kind) {
    case "name":
      return expression.name;
    case "member": {
      const { key, of } = expression;
      return key.kind === "literal" && typeof key.value === "string" ? key.value : findLastName(of);
    }
    case "call":
      return expression.args.map(findLastName).find((name) => name !== undefined);
    case "not":
      return findLastName(expression.operand);
    case "binary":
      return findLastName(expression.left) ?? findLastName(expression.right);
    default:
      return undefined;
  }
}
