import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";

/** Lists and maps inside one another: a definition has about six. */
const YAML_DEPTH_MAX = 64;
/** Uses of aliases in a file. */
const ALIASES_MAX = 100;
/** Values of a file once its aliases are written out: what 1 MiB can hold without any. */
const YAML_VALUES_MAX = 600_000;

type Report = (message: string, node: Node | undefined) => void;

interface Walk {
  readonly document: Document;
  readonly report: Report;
  aliases: number;
  values: number;
  stopped: boolean;
}

/** The plain value (what JSON can hold) of a parsed document, with its aliases written out. Mistakes are reported. */
export function readPlainValue(document: Document, report: Report): unknown {
  const walk: Walk = { document, report, aliases: 0, values: 0, stopped: false };
  return readNode(walk, (document.contents ?? undefined) as Node | undefined, 0);
}

function readNode(walk: Walk, node: Node | undefined | null, depth: number): unknown {
  if (walk.stopped) return null;
  if (depth > YAML_DEPTH_MAX) return stop(walk, node, `nested more than ${YAML_DEPTH_MAX} deep`);
  if (++walk.values > YAML_VALUES_MAX) return stop(walk, node, `more than ${YAML_VALUES_MAX} values, aliases included`);
  if (isAlias(node)) {
    if (++walk.aliases > ALIASES_MAX) return stop(walk, node, `more than ${ALIASES_MAX} aliases (*name)`);
    const target = node.resolve(walk.document);
    if (target === undefined) return stop(walk, node, `there is no anchor &${node.source} before this alias`);
    return readNode(walk, target, depth + 1);
  }
  if (isMap<Node, Node | null>(node)) return readMap(walk, node.items, depth);
  if (isSeq<Node>(node)) return node.items.map((item) => readNode(walk, item, depth + 1));
  return isScalar(node) ? readScalar(walk, node) : null;
}

function readMap(walk: Walk, items: readonly Pair<Node, Node | null>[], depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  const seen = new Set<string>();
  for (const { key, value } of items) {
    const name = readKey(walk, key);
    if (name === undefined) continue;
    if (seen.has(name)) walk.report(`the key ${JSON.stringify(name)} is there twice. Remove one`, key);
    seen.add(name);
    entries.push([name, readNode(walk, value, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function readKey(walk: Walk, key: Node): string | undefined {
  if (!isScalar(key) || key.value === null) {
    walk.report("expected a name as the key, found another value", key);
    return undefined;
  }
  const name = toKeyText(key);
  if (name === "<<") walk.report("merge keys (<<) are not read. Write the keys out, or use defaults", key);
  else if (name === "__proto__") walk.report(`the key "__proto__" is not allowed. Choose another name`, key);
  else return name;
  return undefined;
}

function readScalar(walk: Walk, node: Scalar): unknown {
  const { value } = node;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) walk.report(`JSON cannot hold ${node.source ?? value}. Put it into quotes`, node);
    else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      walk.report(`the number ${node.source ?? value} would lose digits. Put it into quotes`, node);
    }
    return value;
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  walk.report("expected text, a number, true, false or null", node);
  return null;
}

/** A key that YAML reads as a number or a boolean is the text that stands there. */
export function toKeyText(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

function stop(walk: Walk, node: Node | undefined | null, message: string): null {
  walk.stopped = true;
  walk.report(`${message}: this is no definition that can be read`, node ?? undefined);
  return null;
}
