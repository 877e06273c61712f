import { InvalidDefinitionError } from "../core/errors.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import { describeFound } from "../definition/yaml/describe-found.ts";
import { parseYamlDocument } from "../definition/yaml/yaml-document.ts";
import { CONFIG_KEYS, type ConfigFacts } from "./scan-config-facts.ts";

/** `db` and `group` of a config, by the YAML reader alone: the schema of all its keys is not needed for them. */
export async function parseConfigFacts(source: ConfigSource): Promise<ConfigFacts> {
  const { file, text } = source;
  const document = parseYamlDocument(text, file);
  const written = (document.value ?? {}) as Readonly<Record<string, unknown>>;
  if (Object.keys(written).some((key) => !CONFIG_KEYS.has(key))) {
    (await import("../definition/config/read-config.ts")).readConfig(source); // says what was meant
  }
  const { db, group } = written;
  const refuse = (key: string): InvalidDefinitionError =>
    new InvalidDefinitionError(`${key}: expected text, found ${describeFound(written[key])}`, {
      code: "invalid_config",
      place: document.findValuePlace([key]),
    });
  if (db !== undefined && (typeof db !== "string" || db === "")) throw refuse("db");
  if (group !== undefined && typeof group !== "string" && typeof group !== "number") throw refuse("group");
  return { database: db, group: group === undefined ? undefined : String(group) };
}
