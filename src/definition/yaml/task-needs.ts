import { findClosest } from "../../core/did-you-mean.ts";
import { InvalidDefinitionError } from "../../core/errors.ts";
import { buildGraph } from "../../core/graph.ts";
import { suggest } from "./describe-found.ts";
import type { LoadContext } from "./load-context.ts";
import type { TaskSource } from "./task-source.ts";
import type { YamlPath } from "./yaml-document.ts";

/** What a task waits for, by ids: the names in `needs` with their tasks, and `after`. */
export interface TaskLinks {
  readonly needs: ReadonlyMap<string, string>;
  readonly after: readonly string[];
}

/** Reads `needs` and `after`. A task that is not there is reported and left out. */
export function readTaskLinks(load: LoadContext, source: TaskSource): TaskLinks {
  const { needs, after } = source.definition;
  const named: (readonly [string, string, YamlPath])[] = Array.isArray(needs)
    ? needs.map((id, index) => [id, id, [...source.pathOf("needs"), index]])
    : Object.entries(needs ?? {}).map(([name, id]) => [name, id, [...source.pathOf("needs"), name]]);
  const known = named.filter(([, id, path]) => checkTask(load, "needs", id, path));
  const before = (after ?? []).filter((id, index) => checkTask(load, "after", id, [...source.pathOf("after"), index]));
  return { needs: new Map(known.map(([name, id]) => [name, id])), after: before };
}

function checkTask(load: LoadContext, key: string, id: string, path: YamlPath): boolean {
  if (Object.hasOwn(load.definition.tasks, id)) return true;
  const closest = findClosest(id, Object.keys(load.definition.tasks));
  load.report(path, `${key}: there is no task ${JSON.stringify(id)}${suggest(closest)}`);
  return false;
}

/**
 * The ids in layer order, then in the order of the file: the order of the spec. Undefined, with a report, where tasks wait
 * for each other.
 */
export function sortByLayer(load: LoadContext, links: ReadonlyMap<string, TaskLinks>): string[] | undefined {
  const ids = [...links.keys()];
  const placeOf = new Map(ids.map((id, place) => [id, place]));
  const toPlaces = (each: readonly string[]): number[] =>
    each.map((id) => placeOf.get(id)).filter((place) => place !== undefined);
  try {
    const tasks = ids.map((id) => {
      const own = links.get(id);
      return { id, needs: toPlaces([...(own?.needs.values() ?? []), ...(own?.after ?? [])]) };
    });
    return Array.from(buildGraph(tasks).order, (place) => ids[place] as string);
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error;
    load.problems.push({ message: error.message, place: { file: load.document.file }, code: error.code });
    return undefined;
  }
}
