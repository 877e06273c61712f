import { createHash } from "node:crypto";
import { dirname, relative, sep } from "node:path";

/**
 * The code hash of a module: sha256 over its local sources. Paths count relative to the module's folder, so that the same
 * files in another place have the same hash.
 */
export function hashSources(file: string, sources: ReadonlyMap<string, string>): string {
  const folder = dirname(file);
  const named = Array.from(sources, ([path, text]) => [relative(folder, path).split(sep).join("/"), text] as const);
  named.sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash("sha256");
  for (const [name, text] of named) hash.update(JSON.stringify([name, text])).update("\n");
  return hash.digest("hex");
}
