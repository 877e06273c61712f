import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from "yaml";
import type { SourcePlace } from "../../core/errors.ts";
import { YAML_BYTES_MAX } from "../../core/limits.ts";
import { type Problem, throwProblems } from "./problems.ts";
import { readPlainValue, toKeyText } from "./yaml-values.ts";

/** Keys and list places that lead from the file's top to a value. */
export type YamlPath = readonly (string | number)[];

/** A parsed file: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where the value begins; of a path that is not there, the nearest that is. */
  findValuePlace(path: YamlPath): SourcePlace;
  /** Where the key of a value stands. */
  findKeyPlace(path: YamlPath): SourcePlace;
  /** Where the `nth` `${{` of a text stands, and `offset` characters further, as far as escapes let it be told. */
  findExpressionPlace(path: YamlPath, nth: number, offset: number): SourcePlace;
  /** True where the text is a block (`|` or `>`): its beginning says little about where something is. */
  isBlockText(path: YamlPath): boolean;
}

/**
 * Parses the text of a file: one document of plain values. Tags, merge keys, duplicate keys, keys that are not text and
 * what JSON cannot hold are refused.
 * @throws {InvalidYamlError}
 */
export function parseYamlDocument(text: string, file: string): YamlDocument {
  if (Buffer.byteLength(text) > YAML_BYTES_MAX) {
    const message = `expected at most ${YAML_BYTES_MAX} bytes (1 MiB) in a YAML file, found ${Buffer.byteLength(text)}`;
    throwProblems([{ message, place: { file, line: 1, column: 1 } }]);
  }
  const lines = new LineCounter();
  const toPlace = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(Math.min(Math.max(offset, 0), text.length));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseCarefully(text, file, lines);
  throwProblems(collectSyntaxProblems(document, text, toPlace));
  const problems: Problem[] = [];
  const value = readPlainValue(document, (message, node) => {
    problems.push({ message, place: toPlace(node?.range?.[0] ?? 0) });
  });
  throwProblems(problems);
  return createDocument(document, text, file, value, toPlace);
}

/** What nests too deep for the parser's stack ends as a problem as well. */
function parseCarefully(text: string, file: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, {
      lineCounter,
      merge: false,
      prettyErrors: false,
      resolveKnownTags: false,
      schema: "core",
      strict: true,
      uniqueKeys: true,
    });
  } catch (cause) {
    const why = cause instanceof RangeError ? "it is nested too deep" : String(cause);
    throwProblems([{ message: `this is no YAML that can be read: ${why}`, place: { file, line: 1, column: 1 } }]);
    throw cause;
  }
}

/** Codes of what can be read, and is refused. */
const EXPLAINED: ReadonlySet<string> = new Set(["DUPLICATE_KEY", "TAG_RESOLVE_FAILED", "MULTIPLE_DOCS"]);

/** Of what is no YAML at all only the first: what follows is mostly its consequence, and would hide it. */
function collectSyntaxProblems(
  document: Document,
  text: string,
  toPlace: (offset: number) => SourcePlace,
): readonly Problem[] {
  const all = [...document.errors, ...document.warnings];
  const first = all.find(({ code }) => !EXPLAINED.has(code));
  return all
    .filter((problem) => problem === first || EXPLAINED.has(problem.code))
    .map(({ code, message, pos }) => {
      const place = toPlace(pos[0]);
      if (code === "DUPLICATE_KEY") {
        const key = /^["']?([^"':\n]*)/.exec(text.slice(pos[0], pos[0] + 64))?.[1] ?? "";
        return { message: `the key ${JSON.stringify(key.trim())} is there twice. Remove one`, place };
      }
      if (code === "TAG_RESOLVE_FAILED") return { message: "tags (!name) have no meaning here. Remove it", place };
      if (code === "MULTIPLE_DOCS") return { message: "expected one document. Put each workflow into a file", place };
      const line = text.split("\n", place.line)[(place.line ?? 1) - 1] ?? "";
      const advice = line.includes("${{") ? '. Put "${{ … }}" into quotes here' : "";
      const why = message.includes("call stack") ? "it is nested too deep" : message.replaceAll(/\s+/g, " ");
      return { message: `not valid YAML: ${why}${advice}`, place };
    });
}

function createDocument(
  document: Document,
  text: string,
  file: string,
  value: unknown,
  toPlace: (offset: number) => SourcePlace,
): YamlDocument {
  const toOffset = (path: YamlPath): number => findNode(document, path).value?.range?.[0] ?? 0;
  return {
    file,
    value,
    findValuePlace: (path) => toPlace(toOffset(path)),
    findKeyPlace(path) {
      const { key, value: own } = findNode(document, path);
      return toPlace(key?.range?.[0] ?? own?.range?.[0] ?? 0);
    },
    findExpressionPlace(path, nth, offset) {
      const node = findNode(document, path).value;
      if (!isScalar(node) || !node.range || typeof node.value !== "string") return toPlace(toOffset(path));
      return toPlace(findInSource(node as Scalar<string>, text.slice(node.range[0], node.range[1]), nth, offset));
    },
    isBlockText(path) {
      const node = findNode(document, path).value;
      return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
    },
  };
}

/** The node at a path and the node of its key; where the path ends early, the last that is there. */
function findNode(document: Document, path: YamlPath): { key: Node | undefined; value: Node | undefined } {
  let key: Node | undefined;
  let value = (document.contents ?? undefined) as Node | undefined;
  for (const step of path) {
    const parent = isAlias(value) ? value.resolve(document) : value;
    if (isMap<Node, Node | null>(parent)) {
      const pair = parent.items.find((each) => isScalar(each.key) && toKeyText(each.key) === String(step));
      if (pair === undefined) break;
      key = pair.key;
      value = pair.value ?? pair.key;
    } else if (isSeq<Node>(parent) && typeof step === "number" && parent.items[step] !== undefined) {
      key = undefined;
      value = parent.items[step];
    } else {
      break;
    }
  }
  return { key, value };
}

/** The nth `${{` of the source stands for the nth of the value; further in, as far as both read the same. */
function findInSource(node: Scalar<string>, source: string, nth: number, offset: number): number {
  const start = node.range?.[0] ?? 0;
  const inSource = findNth(source, nth);
  const inValue = findNth(node.value, nth);
  if (inSource === -1 || inValue === -1) return start;
  let same = 0;
  while (same < offset && source[inSource + same] === node.value[inValue + same]) same++;
  return start + inSource + (same === offset ? offset : 0);
}

function findNth(text: string, nth: number): number {
  let at = text.indexOf("${{");
  for (let left = nth; left > 0 && at !== -1; left--) at = text.indexOf("${{", at + 3);
  return at;
}
