import { readConfigSource } from "./config-source.ts";
import { type ConfigFacts, scanConfigFacts } from "./scan-config-facts.ts";

const NONE: ConfigFacts = { database: undefined, group: undefined };

/**
 * `db` and `group` of the nearest config upward. Mistakes elsewhere in it are told by what uses it: `run`, `daemon`,
 * `validate`; looking at runs works on.
 * @throws {InvalidDefinitionError} where these two cannot be read
 */
export async function readConfigFacts(cwd: string): Promise<ConfigFacts> {
  const source = readConfigSource(cwd);
  if (source === undefined) return NONE;
  return scanConfigFacts(source.text) ?? (await (await import("./parse-config-facts.ts")).parseConfigFacts(source));
}
