import type { YamlPath } from "./yaml-document.ts";

/** Names the map at a path for people: `task "verify"`, `retry of task "dump"`, `input "db"`, `the workflow`. */
export function describeMap(path: YamlPath, whole = "the workflow"): string {
  const [first, second, ...rest] = path;
  if (first === undefined) return whole;
  if (first === "tasks" && typeof second === "string") {
    const task = `task ${JSON.stringify(second)}`;
    return rest.length === 0 ? task : `${joinPath(rest)} of ${task}`;
  }
  if (first === "input" && typeof second === "string" && rest.length === 0) return `input ${JSON.stringify(second)}`;
  return joinPath(path);
}

/** Names a value: its keys, without those that lead to the task, which the line tells: `timeout`, `retry.backoff`. */
export function describeValue(path: YamlPath): string {
  if (path[0] === "tasks" && path.length > 2) return joinPath(path.slice(2));
  return path[0] === "tasks" && path.length === 2 ? describeMap(path) : joinPath(path) || "the file";
}

function joinPath(path: YamlPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The value at a path, or undefined. */
export function readPath(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((at, step) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    return (at as Record<string | number, unknown>)[step];
  }, value);
}
